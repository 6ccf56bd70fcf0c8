import { describe, expect, it } from 'vitest';
import type { Operation } from '../../../src/job/operation.js';
import { summarise } from '../../../src/plan/segment.js';

const copy: Operation = {
  action: 'copy',
  pair: 0,
  key: 'k',
  reason: 'new',
  sizeBytes: 5,
  etag: '"1"',
  lastModified: '2026-01-01T00:00:00.000Z',
};

describe('summarise', () => {
  it('counts what a segment holds', () => {
    expect(
      summarise({
        copies: [copy, copy],
        large: [{ ...copy, sizeBytes: 100 }],
        deletes: [{ ...copy, action: 'delete' }],
        skips: [{ pair: 0, key: 's', reason: 'same', sizeBytes: 1 }],
        failures: [{ pair: 0, key: 'f', reason: 'source-archived' }],
        listed: 5,
        destinationListed: 3,
      }),
    ).toEqual({
      copies: 2,
      copyBytes: 10,
      large: 1,
      largeBytes: 100,
      deletes: 1,
      skips: 1,
      failures: 1,
      listed: 5,
      destinationListed: 3,
    });
  });
});
