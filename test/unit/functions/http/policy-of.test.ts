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

const saved = (mode: string) => () =>
  policyOf(
    policyRequestSchema.parse({
      kind: 'schedule',
      schedule: { cron: '0 2 * * *' },
      job: {
        source: 'https://from.file.core.windows.net/share/',
        destination: 'https://from.blob.core.windows.net/backups/',
      },
      backup: { mode },
    }),
    { name: 'shares', accounts, rules: [], now: '2026-01-01T00:00:00.000Z', by: 'key' },
  );

describe('a policy of backups of Azure Files', () => {
  it('is one of full backups', () => {
    expect(saved('full')()).toMatchObject({ backup: { mode: 'full' } });
    expect(saved('incremental')).toThrow('incremental backups are of blobs, in blobs');
  });
});
