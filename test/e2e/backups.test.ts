import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BackupRig, type Point } from '../support/backup-rig.js';
import { LocalRig, numbered } from '../support/local-rig.js';
import { nextSecond } from '../support/next-second.js';
import { until } from '../support/until.js';
import { runTranship } from '../unit/cli/terminal.js';

/** Events that were posted to the webhook; it refuses the first one. */
const heard: { readonly type: string; readonly subject: string; readonly data: Record<string, unknown> }[] =
  [];
let refused = 0;
const webhook = createServer((request, response) => {
  let text = '';
  request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  request.on('end', () => {
    if (refused === 0) refused += 1;
    else heard.push(JSON.parse(text) as (typeof heard)[number]);
    response.writeHead(heard.length === 0 ? 503 : 204).end();
  });
});

let rig: LocalRig;
let backups: BackupRig;
beforeAll(async () => {
  await new Promise<void>((resolve) => webhook.listen(0, '127.0.0.1', resolve));
  const { port } = webhook.address() as AddressInfo;
  rig = await LocalRig.start({ TRANSHIP_COMPLETION_WEBHOOK: `http://127.0.0.1:${String(port)}/hook` });
  backups = new BackupRig(rig);
});
afterAll(async () => {
  await rig.stop();
  webhook.close();
});

type Container = Awaited<ReturnType<LocalRig['container']>>;

/** Names that a careless encoding would lose. */
const odd = ['ä ö/ü 100 %25.txt', 'a+b&c=d#e?f', 'ends.', 'emoji 🚢/x', 'Case', 'case', '…/a//b'];

function savePolicy(name: string, source: string, backup: object): Promise<void> {
  const places = { source: `${rig.url('target', source)}/`, destination: `${rig.url('target', 'backups')}/` };
  return backups.save(name, places, backup);
}

/** Objects change, also without changing their length, go and come. */
async function change(container: Container, round: number): Promise<void> {
  const names = [...(await rig.list(container)).keys()];
  const changed = names.filter((_, index) => index % 7 === round % 7);
  await rig.fill(container, changed, (name) => name.split('').reverse().join(String(round)));
  await Promise.all(
    names.filter((_, index) => index % 11 === round).map((name) => container.blob(name).delete()),
  );
  await rig.fill(container, numbered(6, `new ${String(round)}/`));
}

interface Moment {
  readonly point: Point;
  readonly content: ReadonlyMap<string, string>;
}

/** Three backups of a container that changes in between, and what it held at each. */
async function liveThrough(policy: string, source: Container): Promise<readonly Moment[]> {
  const history: Moment[] = [];
  for (let round = 0; round < 3; round += 1) {
    if (round > 0) await change(source, round);
    const content = await backups.contentOf(source);
    history.push({ point: await backups.backUp(policy), content });
  }
  return history;
}

/** Each is compared with the one before, holds only what has changed, and says what it needs. */
function expectChain([first, second, third]: readonly Point[]): void {
  expect([second?.base, third?.base]).toEqual([first?.id, second?.id]);
  expect(third?.needs).toEqual([first?.id, second?.id]);
  expect(second?.copied?.objects ?? 99).toBeLessThan(20);
}

describe.each(['full', 'incremental'] as const)('a policy of %s backups', (mode) => {
  it('3: gives back every point in time byte for byte, after changes and deletions at the source', async () => {
    await rig.container('target', 'backups');
    const source = await rig.container('target', `live-${mode}`);
    await rig.fill(source, [...odd, ...numbered(40)]);
    await savePolicy(mode, `live-${mode}`, { mode, fullEvery: 5 });
    const history = await liveThrough(mode, source);
    expect(history.map(({ point }) => point.status)).toEqual(['good', 'good', 'good']);
    expect(history.map(({ point }) => point.objects)).toEqual(history.map(({ content }) => content.size));
    if (mode === 'incremental') expectChain(history.map(({ point }) => point));
    // The source loses everything.
    await Promise.all([...(await rig.list(source)).keys()].map((name) => source.blob(name).delete()));
    const newest = history.at(-1)?.content ?? new Map<string, string>();
    // A dry run of the newest, to where it came from, which is empty now.
    const dry = await backups.restore(mode, { dryRun: true });
    expect([dry.status, dry.counts.planned, (await rig.list(source)).size]).toEqual([
      'Completed',
      newest.size,
      0,
    ]);
    for (const [index, { point, content }] of history.slice(0, -1).entries()) {
      const place = await rig.container('target', `restored-${mode}-${String(index)}`);
      const destination = `${rig.url('target', `restored-${mode}-${String(index)}`)}/`;
      const job = await backups.restore(mode, { point: point.id, destination });
      expect([job.status, job.counts.copied, job.counts.planned]).toEqual([
        'Completed',
        content.size,
        content.size,
      ]);
      expect(await backups.contentOf(place)).toEqual(content);
    }
    // The newest good one, to where it came from.
    const back = await backups.restore(mode, {});
    expect(back.status).toBe('Completed');
    expect([back.counts.copied, await backups.contentOf(source)]).toEqual([newest.size, newest]);
  });

  it('restores a part', async () => {
    const place = await rig.container('target', `part-${mode}`);
    const destination = `${rig.url('target', `part-${mode}`)}/`;
    const job = await backups.restore(mode, { destination, include: { path: ['new 2'] } });
    expect([job.status, job.counts.copied]).toEqual(['Completed', 6]);
    expect([...(await rig.list(place)).keys()]).toEqual(numbered(6, 'new 2/'));
  });
});

describe('a restore', () => {
  it('is verified by a dry run that compares, and mended by the same without it', async () => {
    const source = await rig.container('target', 'live-incremental');
    const restored = await backups.contentOf(source);
    const tranship = async (...words: readonly string[]): Promise<string> => {
      const run = await runTranship([...words, '--output', 'json'], {
        environment: { TRANSHIP_API_URL: rig.local.localJson.apiUrl },
      });
      expect(run).toMatchObject({ exitCode: 0 });
      return run.stdout;
    };
    const compare = async (attempt: string, ...more: readonly string[]) => {
      const words = ['restore', 'incremental', '--overwrite', 'ifDifferent', '--idempotency-key', attempt];
      const { id } = JSON.parse(await tranship(...words, '--no-wait', ...more)) as { id: string };
      const { counts } = await rig.settled(id);
      const lines = (await tranship('jobs', 'report', id)).split('\n').filter(Boolean);
      const wrong = lines.map((line) => JSON.parse(line) as { key: string; reason: string });
      return { counts, wrong: wrong.map(({ key, reason }) => [key, reason]).sort() };
    };
    const equal = await compare('verify', '--dry-run');
    expect(equal.wrong).toEqual([]);
    expect(equal.counts).toMatchObject({ planned: restored.size, skipped: restored.size });
    // As long as before, and younger than the backup.
    await rig.fill(source, ['ends.'], () => 'sdne.');
    await source.blob('Case').delete();
    const found = await compare('verify again', '--dry-run');
    expect(found.wrong).toEqual([
      ['Case', 'new'],
      ['ends.', 'different'],
    ]);
    expect(found.counts.notAttempted).toBe(2);
    const mended = await compare('mend');
    expect([mended.wrong, mended.counts.copied]).toEqual([[], 2]);
    expect(await backups.contentOf(source)).toEqual(restored);
  });
});

describe('a backup that lost an object', () => {
  it('gives back the rest, and names what is lost', async () => {
    const [newest] = await backups.points('incremental');
    const stored = await rig.container('target', 'backups');
    const lost = `${new URL(newest?.destination ?? '').pathname.split('/').slice(-3).join('/')}new 2/000003`;
    await stored.blob(decodeURIComponent(lost)).delete();
    await rig.container('target', 'rest');
    const job = await backups.restore('incremental', { destination: `${rig.url('target', 'rest')}/` });
    expect([job.status, job.counts.failed]).toEqual(['CompletedWithErrors', 1]);
    expect(await rig.report(job.id, 'failed')).toMatchObject([
      { reason: 'source-not-found', key: 'new 2/000003' },
    ]);
  });
});

describe('retention', () => {
  it('removes what no rule keeps, by a job with a report', async () => {
    const source = await rig.container('target', 'kept');
    await rig.fill(source, numbered(12));
    const template = '{policy}/{yyyy}{MM}{dd}{HH}{mm}{ss}';
    await savePolicy('kept', 'kept', { template, retention: { keepLast: 1 } });
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
    await savePolicy('held', 'held', {
      template: '{policy}/{yyyy}{MM}{dd}{HH}{mm}{ss}',
      retention: { keepLast: 1 },
    });
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

describe('a schedule on the local host', () => {
  it('starts its job when it is due', async () => {
    const source = await rig.container('source', 'due');
    await rig.fill(source, ['a']);
    await rig.container('target', 'due');
    // Every minute, the first time in a few seconds.
    const second = String(new Date(Date.now() + 3000).getUTCSeconds());
    const reply = await rig.call('PUT', 'policies/due', {
      kind: 'schedule',
      schedule: { cron: `${second} * * * * *` },
      job: { source: `${rig.url('source', 'due')}/`, destination: `${rig.url('target', 'due')}/` },
    });
    const dueAt = reply.body['nextStartAt'] as string;
    await until('it has started', async () => {
      await backups.tick();
      const { body } = await rig.call('GET', 'jobs?top=5');
      const jobs = body['jobs'] as readonly { policy?: { name: string; dueAt: string } }[];
      return jobs.some(({ policy }) => policy?.name === 'due' && policy.dueAt === dueAt);
    });
  });
});

describe('whoever wants to hear of ended jobs', () => {
  it('is told of each, also after it has refused one', async () => {
    const { body } = await rig.call('GET', 'jobs?status=Completed&top=200');
    const ended = (body['jobs'] as readonly { id: string; counts: object }[]).map(({ id, counts }) => ({
      id,
      counts,
    }));
    expect(ended.length).toBeGreaterThan(10);
    const isTold = (): boolean => ended.every(({ id }) => heard.some(({ data }) => data['job'] === id));
    await until('each has been told', async () => {
      await backups.tick('supervise');
      return isTold();
    });
    expect(refused).toBe(1);
    const [{ id, counts } = { id: '', counts: {} }] = ended;
    expect(heard.find(({ subject }) => subject === `jobs/${id}`)).toMatchObject({
      type: 'Tranship.JobCompleted',
      data: { status: 'Completed', counts },
    });
  });
});
