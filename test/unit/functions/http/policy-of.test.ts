import { describe, expect, it } from 'vitest';
import { policyOf } from '../../../../src/functions/http/policy-of.js';
import { policyRequestSchema } from '../../../../src/functions/http/policy-request.js';

const accounts = [
  {
    name: 'from',
    blobEndpoint: 'https://from.blob.core.windows.net',
    fileEndpoint: 'https://from.file.core.windows.net',
    listingOrder: 'utf8',
  },
] as const;

const share = 'https://from.file.core.windows.net/share/';
const container = 'https://from.blob.core.windows.net/backups/';

const saved =
  (mode: string, destination = container, more: object = {}, backup: object = {}) =>
  () =>
    policyOf(
      policyRequestSchema.parse({
        kind: 'schedule',
        schedule: { cron: '0 2 * * *' },
        job: { source: share, destination, ...more },
        backup: { mode, ...backup },
      }),
      { name: 'shares', accounts, rules: [], now: '2026-01-01T00:00:00.000Z', by: 'key' },
    );

describe('a policy of backups of Azure Files', () => {
  it.each(['full', 'incremental'])('keeps empty directories in %s backups, unless told otherwise', (mode) => {
    expect(saved(mode)()).toMatchObject({ backup: { mode }, job: { spec: { emptyDirectories: true } } });
    const without = saved(mode, container, { emptyDirectories: false })();
    expect(without.kind === 'schedule' && without.job.spec).not.toHaveProperty('emptyDirectories');
  });

  it('has no incremental backups in a share', () => {
    const shelves = 'https://from.file.core.windows.net/shelves/';
    expect(saved('full', shelves)()).toMatchObject({ backup: { mode: 'full' } });
    expect(saved('incremental', shelves)).toThrow('incremental backups lie in blob containers');
  });

  it('has no folders with names that a share does not take', () => {
    const shelves = 'https://from.file.core.windows.net/shelves/';
    const named = { template: '{yyyy}-{MM}-{dd}T{HH}:{mm}' };
    expect(saved('full', shelves, {}, named)).toThrow('no share takes such a name: reserved-character');
    expect(saved('full', container, {}, named)()).toMatchObject({ backup: named });
  });
});
