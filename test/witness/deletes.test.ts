import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { azcopySummary } from '../support/foreign-clients.js';
import { numbered } from '../support/local-rig.js';
import { nextSecond } from '../support/next-second.js';
import { mostAtOnce, WitnessRig, type Place } from '../support/witness-rig.js';

let witness: WitnessRig;
beforeAll(async () => {
  witness = await WitnessRig.start();
});
afterEach(() => witness.faults());
afterAll(() => witness.stop());

const photos = numbered(6, 'photos/');

describe('G2: a mirror whose source prefix is mistyped', () => {
  async function mistyped(name: string): Promise<Place> {
    const place = await witness.place(name);
    await witness.rig.fill(place.source, photos);
    await witness.rig.fill(place.target, photos);
    await nextSecond();
    return place;
  }

  it('AzCopy, G2: sync deletes the whole destination, exit code 0', async () => {
    const { name, target } = await mistyped('g2-azcopy');
    const ended = await witness.foreign.azcopy(
      ...[
        'sync',
        witness.foreign.url('source', `${name}/fotos`),
        witness.foreign.url('target', `${name}/photos`),
      ],
      ...['--from-to=BlobBlob', '--delete-destination=true'],
    );
    expect(ended.exitCode).toBe(0);
    expect((await witness.rig.list(target)).size).toBe(0);
  });

  it('Tranship, G2: the job waits for approval, and deletes nothing', async () => {
    const { name, target } = await mistyped('g2-tranship');
    const job = await witness.rig.run({
      source: witness.rig.url('source', `${name}/fotos`),
      destination: witness.rig.url('target', `${name}/photos`),
      recursive: true,
      mirror: true,
    });
    expect(job).toMatchObject({ status: 'AwaitingApproval', deletesPlanned: photos.length });
    expect((await witness.rig.list(target)).size).toBe(photos.length);
  });
});

describe('G9: a mirror deletes, and one delete is refused', () => {
  const kept = numbered(30, 'kept/');
  const extras = numbered(8, 'extra/');

  async function refusing(name: string): Promise<Place> {
    const place = await witness.place(name);
    await witness.rig.fill(place.source, kept);
    await witness.rig.fill(place.target, [...kept, ...extras]);
    await nextSecond();
    await witness.faults(
      { container: name, operation: 'DeleteBlob', path: '000003', status: 412, code: 'LeaseIdMissing' },
      { container: name, operation: 'DeleteBlob', delayMs: 100 },
    );
    await witness.rig.clearJournal();
    return place;
  }

  it('AzCopy, G9: sync deletes one by one, and counts the refused one as deleted', async () => {
    const { name, target } = await refusing('g9-azcopy');
    const ended = await witness.azcopy('sync', name, '--delete-destination=true');
    expect(ended.exitCode).toBe(0);
    expect(azcopySummary(ended).DeleteTransfersCompleted).toBe(String(extras.length));
    expect([...(await witness.rig.list(target)).keys()]).toContain(extras[3]);
    expect(mostAtOnce(await witness.sent(name, 'DeleteBlob'))).toBe(1);
  });

  it('Tranship, G9: a mirror deletes side by side, and reports the refused one', async () => {
    const { name, target } = await refusing('g9-tranship');
    const job = await witness.rig.run({ ...witness.job(name), mirror: true });
    expect(job).toMatchObject({
      status: 'CompletedWithErrors',
      counts: { deleted: extras.length - 1, failed: 1 },
    });
    expect(await witness.rig.report(job.id, 'failed')).toMatchObject([
      { key: extras[3], reason: 'destination-leased' },
    ]);
    expect([...(await witness.rig.list(target)).keys()]).toContain(extras[3]);
    expect(mostAtOnce(await witness.sent(name, 'DeleteBlob'))).toBeGreaterThan(1);
  });
});
