import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BackupRig, type Point } from '../support/backup-rig.js';
import { LocalRig, numbered } from '../support/local-rig.js';
import { nextSecond } from '../support/next-second.js';

let rig: LocalRig;
let backups: BackupRig;
beforeAll(async () => {
  rig = await LocalRig.start();
  backups = new BackupRig(rig);
  await rig.container('target', 'backups');
});
afterAll(() => rig.stop());

/** Keeps one backup of the container of the same name. */
function savePolicy(name: string): Promise<void> {
  const places = { source: `${rig.url('target', name)}/`, destination: `${rig.url('target', 'backups')}/` };
  const template = '{policy}/{yyyy}{MM}{dd}{HH}{mm}{ss}';
  return backups.save(name, places, { template, retention: { keepLast: 1 } });
}

describe('retention', () => {
  it('removes what no rule keeps, by a job with a report', async () => {
    const source = await rig.container('target', 'kept');
    await rig.fill(source, numbered(12));
    await savePolicy('kept');
    const first = await backups.backUp('kept');
    await nextSecond();
    const second = await backups.backUp('kept');
    const left = await backups.pointsWhen('kept', (all) => all.length === 1);
    expect(left.map(({ id }) => id)).toEqual([second.id]);
    const reply = await rig.call('GET', 'jobs?top=50');
    const jobs = reply.body['jobs'] as readonly {
      id: string;
      kind: string;
      policy?: { name: string };
      counts: object;
    }[];
    const prune = jobs.find(({ kind, policy }) => kind === 'sync' && policy?.name === 'kept');
    expect(prune?.counts).toMatchObject({ planned: 12, deleted: 12 });
    expect(await rig.report(prune?.id ?? '')).toHaveLength(12);
    const names = [...(await rig.list(await rig.container('target', 'backups'))).keys()];
    const inside = (url: string): number => {
      const folder = new URL(url).pathname.split('/').slice(-3).join('/');
      return names.filter((name) => name.startsWith(folder)).length;
    };
    expect([inside(first.destination), inside(second.destination)]).toEqual([0, 12]);
  });

  it('asks a person when somebody else has put something into a backup', async () => {
    const stored = await rig.container('target', 'backups');
    const [only] = await backups.points('kept');
    const folder = new URL(only?.destination ?? '').pathname.split('/').slice(-3).join('/');
    await rig.fill(stored, [`${folder}not ours`]);
    await nextSecond();
    await backups.backUp('kept');
    const waiting = await backups.pointsWhen('kept', (all) => all.some(({ status }) => status === 'pruning'));
    const prune = waiting.find(({ status }) => status === 'pruning')?.prune?.job ?? '';
    await rig.settled(prune);
    const job = await rig.job(prune);
    expect([job.status, job.reasonCode]).toEqual(['AwaitingApproval', 'delete-guard-too-many-deletes']);
    expect((await rig.list(stored)).has(`${folder}not ours`)).toBe(true);
  });
});

describe('a removal that an immutability policy refuses', () => {
  it('is reported, and not begun again at once', async () => {
    await rig.fill(await rig.container('target', 'held'), numbered(5));
    await savePolicy('held');
    await backups.backUp('held');
    await nextSecond();
    const rule = { container: 'backups', operation: 'DeleteBlob', path: 'held.*000003' };
    await rig.admin('POST', 'faults', { ...rule, status: 409, code: 'BlobImmutableDueToPolicy' });
    await backups.backUp('held');
    const isStuck = ({ status }: Point): boolean => status === 'stuck';
    const found = await backups.pointsWhen('held', (all) => all.some(isStuck));
    const { job = '' } = found.find(isStuck)?.prune ?? {};
    expect(await rig.job(job)).toMatchObject({
      status: 'CompletedWithErrors',
      counts: { deleted: 4, failed: 1 },
    });
    expect(await rig.report(job, 'failed')).toMatchObject([
      { key: 'n/000003', reason: 'destination-immutable' },
    ]);
    await rig.admin('DELETE', 'faults');
    await backups.backUp('held');
    expect((await backups.points('held')).filter(isStuck).map(({ prune }) => prune?.job)).toEqual([job]);
  });
});
