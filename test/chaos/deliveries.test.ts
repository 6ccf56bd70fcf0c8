import { afterEach, describe, expect, it } from 'vitest';
import type { LocalOptions } from '../../src/localhost/local.js';
import { brokenCounts, fillPair, unequalNames } from '../support/chaos-local.js';
import { LocalRig } from '../support/local-rig.js';
import { nextSecond } from '../support/next-second.js';

let rig: LocalRig | undefined;
afterEach(() => rig?.stop());

describe('the app on the local host, when the engine delivers each activity', () => {
  it.each<[string, NonNullable<LocalOptions['delivery']>]>([
    ['twice at once', 'twice'],
    ['again while the next is at work', { lateMs: 700 }],
    ['again long after', { lateMs: 5000 }],
  ])('%s: has one outcome for each object, and the same totals', async (_, delivery) => {
    rig = await LocalRig.start({ TRANSHIP_SLICE_MS: '500', TRANSHIP_SLICE_ABORT_MS: '10000' }, { delivery });
    const pair = await fillPair(rig, 'deliveries', { small: 200, inBlocks: 2 });
    await rig.fill(pair.to, ['extra 1', 'extra 2', 'extra 3']);
    // An extra is older than the scan.
    await nextSecond();
    const job = await rig.run({ ...pair.request, mirror: true });
    expect(job.status).toBe('Completed');
    expect(job.counts).toEqual({
      planned: 205,
      copied: 202,
      skipped: 0,
      deleted: 3,
      failed: 0,
      conflicts: 0,
      notAttempted: 0,
    });
    expect(await brokenCounts(rig, job)).toEqual([]);
    expect(await unequalNames(rig, pair)).toEqual([]);
    const written = (await rig.requests()).filter(
      ({ operation, status, container }) =>
        container === 'deliveries' && operation === 'PutBlobFromUrl' && status === 201,
    );
    expect(written).toHaveLength(200);
  });
});
