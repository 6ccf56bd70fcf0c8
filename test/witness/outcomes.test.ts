import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FaultRule } from '../../src/localhost/cloud/faults.js';
import { azcopySummary } from '../support/foreign-clients.js';
import { numbered } from '../support/local-rig.js';
import { nextSecond } from '../support/next-second.js';
import { WitnessRig, type Place } from '../support/witness-rig.js';

let witness: WitnessRig;
beforeAll(async () => {
  witness = await WitnessRig.start();
});
afterEach(() => witness.faults());
afterAll(() => witness.stop());

const names = numbered(20);
const victim = names[7] ?? '';

/** A place with twenty objects, one of which cannot be written as easily as the others. */
async function troubled(name: string, trouble: FaultRule): Promise<Place> {
  const place = await witness.place(name);
  await witness.rig.fill(place.source, names);
  await witness.faults({ container: name, operation: 'PutBlobFromUrl', path: '000007', ...trouble });
  await witness.rig.clearJournal();
  return place;
}

describe('G4: one object is forbidden', () => {
  const forbidden = { status: 403, code: 'AuthorizationPermissionMismatch' };

  it('AzCopy, G4: one 403 cancels the whole job', async () => {
    const { name } = await troubled('g4-azcopy', forbidden);
    const ended = await witness.azcopy('copy', name);
    expect(ended.exitCode).toBe(1);
    expect(azcopySummary(ended).JobStatus).toBe('Cancelled');
  });

  it('Tranship, G4: the others are copied, and one is reported', async () => {
    const { name, target } = await troubled('g4-tranship', forbidden);
    const job = await witness.rig.run(witness.job(name));
    expect(job).toMatchObject({ status: 'CompletedWithErrors', counts: { copied: 19, failed: 1 } });
    expect((await witness.rig.list(target)).size).toBe(19);
  });
});

describe('G5: a gateway answers 503 once, without an error code', () => {
  const gateway = { status: 503, code: '', times: 1 };

  it('AzCopy, G5: it is not tried again, and the object fails', async () => {
    const { name } = await troubled('g5-azcopy', gateway);
    const ended = await witness.azcopy('copy', name);
    expect(azcopySummary(ended)).toMatchObject({ TransfersCompleted: '19', TransfersFailed: '1' });
    const tries = await witness.sent(name, 'PutBlobFromUrl');
    expect(tries.filter(({ blob }) => blob === victim)).toHaveLength(1);
  });

  it('Tranship, G5: it is tried again, and copied', async () => {
    const { name } = await troubled('g5-tranship', gateway);
    expect(await witness.rig.run(witness.job(name))).toMatchObject({
      status: 'Completed',
      counts: { copied: 20, failed: 0 },
    });
  });
});

describe('G6: a dry run', () => {
  it('AzCopy, G6: it creates the destination container', async () => {
    await witness.rig.fill(await witness.rig.container('source', 'g6-azcopy'), names);
    const ended = await witness.azcopy('copy', 'g6-azcopy', '--dry-run');
    expect(ended.exitCode).toBe(0);
    const [created] = await witness.sent('g6-azcopy', 'CreateContainer');
    expect(created?.status).toBe(201);
  });

  it('Tranship, G6: it writes nothing at the destination', async () => {
    await witness.rig.fill(await witness.rig.container('source', 'g6-tranship'), names);
    const job = await witness.rig.run({
      ...witness.job('g6-tranship'),
      dryRun: true,
      createContainers: true,
    });
    expect(job).toMatchObject({ status: 'Completed', counts: { planned: 20, notAttempted: 20 } });
    expect(await witness.sent('g6-tranship', 'CreateContainer')).toEqual([]);
    expect(await witness.sent('g6-tranship', 'PutBlobFromUrl')).toEqual([]);
  });
});

describe('G7: what is said of a failure at the end', () => {
  const leased = { status: 412, code: 'LeaseIdMissing' };

  it('AzCopy, G7: one object failed, and the list of failures is empty', async () => {
    const { name } = await troubled('g7-azcopy', leased);
    const summary = azcopySummary(await witness.azcopy('copy', name));
    expect(summary).toMatchObject({ JobStatus: 'CompletedWithErrors', TransfersFailed: '1' });
    expect(summary.FailedTransfers ?? []).toEqual([]);
  });

  it('Tranship, G7: the report names the object, the reason and what to do', async () => {
    const { name } = await troubled('g7-tranship', leased);
    const job = await witness.rig.run(witness.job(name));
    expect(job).toMatchObject({ status: 'CompletedWithErrors', counts: { failed: 1 } });
    const lines = await witness.rig.report(job.id, 'failed');
    expect(lines).toMatchObject([{ key: victim, reason: 'destination-leased' }]);
    expect(lines[0]?.advice).toMatch(/lease/);
  });
});

describe('G8: a folder is excluded, and another begins with its name', () => {
  const folders = ['logs/a', 'logs2/b', 'photos/c'];

  async function foldersAt(name: string): Promise<Place> {
    const place = await witness.place(name);
    await witness.rig.fill(place.source, folders);
    return place;
  }

  it('AzCopy, G8: the other is left out too', async () => {
    const { name, target } = await foldersAt('g8-azcopy');
    expect((await witness.azcopy('copy', name, '--exclude-path=logs')).exitCode).toBe(0);
    expect([...(await witness.rig.list(target)).keys()]).toEqual(['photos/c']);
  });

  it('Tranship, G8: the other is copied', async () => {
    const { name, target } = await foldersAt('g8-tranship');
    await witness.rig.run({ ...witness.job(name), exclude: { path: ['logs'] } });
    expect([...(await witness.rig.list(target)).keys()]).toEqual(['logs2/b', 'photos/c']);
  });
});

describe('G10: a tier that the account gives', () => {
  const isInferred = async ({ target }: Place): Promise<boolean> =>
    (await witness.rig.list(target)).get('one')?.properties.accessTierInferred === true;

  it('AzCopy, G10: it becomes a tier of the object', async () => {
    const place = await witness.place('g10-azcopy');
    await witness.rig.fill(place.source, ['one']);
    await witness.azcopy('copy', place.name);
    expect(await isInferred(place)).toBe(false);
  });

  it('Tranship, G10: it stays the account’s', async () => {
    const place = await witness.place('g10-tranship');
    await witness.rig.fill(place.source, ['one']);
    await witness.rig.run(witness.job(place.name));
    expect(await isInferred(place)).toBe(true);
  });
});

describe('G11: an object is exactly as large as the largest single request', () => {
  const mebibyte = 2 ** 20;

  async function oneMebibyte(name: string): Promise<Place> {
    const place = await witness.place(name);
    await witness.rig.fill(place.source, ['one'], () => 'x'.repeat(mebibyte));
    return place;
  }

  it('AzCopy, G11: it panics', async () => {
    const { name } = await oneMebibyte('g11-azcopy');
    const ended = await witness.azcopy('copy', name, '--put-blob-size-mb=1', '--block-size-mb=0.5');
    expect(ended.exitCode).toBe(2);
    expect(ended.stderr).toContain('panic');
  });

  it('Tranship, G11: it is copied', async () => {
    const { name } = await oneMebibyte('g11-tranship');
    const job = await witness.rig.run({ ...witness.job(name), singleShotBytes: mebibyte });
    expect(job).toMatchObject({ status: 'Completed', counts: { copied: 1 } });
    expect(await witness.sent(name, 'PutBlobFromUrl')).toHaveLength(1);
  });
});

describe('G13: the destination differs, and is younger', () => {
  async function differing(name: string): Promise<Place> {
    const place = await witness.place(name);
    await witness.rig.fill(place.source, ['one'], () => 'what it should be');
    await nextSecond();
    await witness.rig.fill(place.target, ['one'], () => 'something else');
    return place;
  }

  const contentOf = async ({ target }: Place): Promise<string> =>
    (await target.blob('one').downloadToBuffer()).toString();

  it('AzCopy, G13: sync compares times alone, and leaves it different', async () => {
    const place = await differing('g13-azcopy');
    expect((await witness.azcopy('sync', place.name)).exitCode).toBe(0);
    expect(await contentOf(place)).toBe('something else');
  });

  it('Tranship, G13: a job compares length and MD5, and makes it equal', async () => {
    const place = await differing('g13-tranship');
    await witness.rig.run(witness.job(place.name));
    expect(await contentOf(place)).toBe('what it should be');
  });
});
