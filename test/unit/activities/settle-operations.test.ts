import { describe, expect, it } from 'vitest';
import { settleOperations } from '../../../src/activities/units/settle-operations.js';
import { createWindow } from '../../../src/copy/throttle.js';
import type { Operation } from '../../../src/job/operation.js';
import { wallClock } from '../../../src/runtime/clock.js';
import { createMemoryStateStore } from '../../support/memory-state-store.js';

const segment = Array.from({ length: 5000 }, (_, index): Operation => {
  const key = `k${String(index)}`;
  return { action: 'copy', pair: 0, key, reason: 'new', sizeBytes: 1, etag: '"1"', lastModified: '' };
});

describe('settling the operations of a segment', () => {
  it('holds no operation that waits for its turn: none asks for room before there is some', async () => {
    const window = createWindow({ start: 4, max: 16 });
    let waiting = 0;
    let mostWaiting = 0;
    let settled = 0;
    const scope = {
      input: { job: 'job', run: 1, phase: 'copy', lane: 0 } as const,
      state: createMemoryStateStore(wallClock),
      window: {
        ...{ limit: 0, inFlight: 0, share: 1, onResult: () => undefined },
        get limit() {
          return window.limit;
        },
        run: async <T>(task: () => Promise<T>): Promise<T> => {
          waiting += 1;
          mostWaiting = Math.max(mostWaiting, waiting);
          return window.run(task).finally(() => (waiting -= 1));
        },
      },
      onBeat: undefined,
      shouldStop: () => false,
      noteError: () => undefined,
      stopJob: () => Promise.resolve(),
    };
    const holding = {
      seq: 1,
      unit: { kind: 'copy', group: 0, index: 0 } as const,
      again: false,
      since: '2026-01-01T00:00:00.000Z',
    };
    await settleOperations(scope, { run: 1, lane: 0, seq: 1 }, holding, {
      ref: { group: 0, index: 0, part: 'copy' },
      operations: segment,
      settle: async ({ pair, key, sizeBytes }) => {
        await Promise.resolve();
        window.onResult('ok');
        settled += 1;
        return { outcome: 'copied', reason: 'new', pair, key, sizeBytes };
      },
    });
    expect(settled).toBe(5000);
    expect(mostWaiting).toBe(16);
  });
});
