import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalRig, numbered } from '../support/local-rig.js';

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
beforeAll(async () => {
  await new Promise<void>((resolve) => webhook.listen(0, '127.0.0.1', resolve));
  const { port } = webhook.address() as AddressInfo;
  rig = await LocalRig.start({ TRANSHIP_COMPLETION_WEBHOOK: `http://127.0.0.1:${String(port)}/hook` });
});
afterAll(async () => {
  await rig.stop();
  webhook.close();
});

interface Point {
  readonly id: string;
  readonly status: string;
  readonly mode: string;
  readonly objects?: number;
  readonly copied?: { readonly objects: number };
  readonly needs: readonly string[];
  readonly destination: string;
  readonly base?: string;
  readonly prune?: { readonly job: string };
}

type Container = Awaited<ReturnType<LocalRig['container']>>;

/** Names that a careless encoding would lose. */
const odd = ['ä ö/ü 100 %25.txt', 'a+b&c=d#e?f', 'ends.', 'emoji 🚢/x', 'Case', 'case', '…/a//b'];

/** What a container holds: name and content of every object. */
async function contentOf(container: Container): Promise<ReadonlyMap<string, string>> {
  const content = new Map<string, string>();
  for (const name of (await rig.list(container)).keys()) {
    content.set(name, (await container.blob(name).downloadToBuffer()).toString('utf8'));
  }
  return content;
}

/** The timer's function, asked at once instead of at the next full minute. */
async function tick(timer: 'schedule' | 'supervise' = 'schedule'): Promise<void> {
  const reply = await fetch(`${rig.local.localJson.apiUrl}/admin/functions/${timer}`, { method: 'POST' });
  expect(reply.status).toBe(202);
}

async function points(policy: string): Promise<readonly Point[]> {
  const reply = await rig.call('GET', `policies/${policy}/points`);
  return reply.status === 404 ? [] : (reply.body['points'] as readonly Point[]);
}

/** Ticks until the backups are as wanted. */
async function pointsWhen(
  policy: string,
  wanted: (points: readonly Point[]) => boolean,
): Promise<readonly Point[]> {
  const deadline = Date.now() + 40_000;
  for (;;) {
    await tick();
    await new Promise((resolve) => setTimeout(resolve, 250));
    const found = await points(policy);
    if (wanted(found)) return found;
    if (Date.now() > deadline) throw new Error(`the backups stay ${JSON.stringify(found)}`);
  }
}

async function savePolicy(name: string, source: string, backup: object): Promise<void> {
  const reply = await rig.call('PUT', `policies/${name}`, {
    kind: 'schedule',
    schedule: { cron: '0 0 1 1 *', timeZone: 'Europe/Berlin' },
    job: { source: `${rig.url('target', source)}/`, destination: `${rig.url('target', 'backups')}/` },
    backup,
  });
  expect(reply.status).toBe(201);
}

/** Runs the policy now, and waits until its backup is looked at. */
async function backUp(policy: string): Promise<Point> {
  const reply = await rig.call('POST', `policies/${policy}/run`);
  expect(reply.status).toBe(202);
  const job = await rig.settled(reply.body['id'] as string);
  expect([job.status, job.conservation?.holds]).toEqual(['Completed', true]);
  const found = await pointsWhen(policy, (all) => all.find(({ id }) => id === job.id)?.status !== 'running');
  const point = found.find(({ id }) => id === job.id);
  if (point === undefined) throw new Error('the backup is gone');
  return point;
}

async function restore(policy: string, body: object) {
  const reply = await rig.call('POST', `policies/${policy}/restore`, body);
  if (reply.status !== 202) throw new Error(JSON.stringify(reply.body));
  return rig.settled(reply.body['id'] as string);
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
    const content = await contentOf(source);
    history.push({ point: await backUp(policy), content });
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
    await rig.fill(source, [...odd, ...numbered(60)]);
    await savePolicy(mode, `live-${mode}`, { mode, fullEvery: 5 });
    const history = await liveThrough(mode, source);
    expect(history.map(({ point }) => point.status)).toEqual(['good', 'good', 'good']);
    expect(history.map(({ point }) => point.objects)).toEqual(history.map(({ content }) => content.size));
    if (mode === 'incremental') expectChain(history.map(({ point }) => point));
    // The source loses everything.
    await Promise.all([...(await rig.list(source)).keys()].map((name) => source.blob(name).delete()));
    for (const [index, { point, content }] of history.entries()) {
      const place = await rig.container('target', `restored-${mode}-${String(index)}`);
      const destination = `${rig.url('target', `restored-${mode}-${String(index)}`)}/`;
      const dry = await restore(mode, { point: point.id, destination, dryRun: true });
      expect([dry.status, dry.counts.planned, (await rig.list(place)).size]).toEqual([
        'Completed',
        content.size,
        0,
      ]);
      const job = await restore(mode, { point: point.id, destination });
      expect([job.status, job.counts.copied, job.counts.planned]).toEqual([
        'Completed',
        content.size,
        content.size,
      ]);
      expect(await contentOf(place)).toEqual(content);
    }
    // The newest good one, to where it came from.
    const back = await restore(mode, {});
    expect(back.status).toBe('Completed');
    expect(await contentOf(source)).toEqual(history.at(-1)?.content);
  });

  it('restores a part', async () => {
    const place = await rig.container('target', `part-${mode}`);
    const destination = `${rig.url('target', `part-${mode}`)}/`;
    const job = await restore(mode, { destination, include: { path: ['new 2'] } });
    expect([job.status, job.counts.copied]).toEqual(['Completed', 6]);
    expect([...(await rig.list(place)).keys()]).toEqual(numbered(6, 'new 2/'));
  });
});

describe('a backup that lost an object', () => {
  it('gives back the rest, and names what is lost', async () => {
    const [newest] = await points('incremental');
    const backups = await rig.container('target', 'backups');
    const lost = `${new URL(newest?.destination ?? '').pathname.split('/').slice(-3).join('/')}new 2/000003`;
    await backups.blob(decodeURIComponent(lost)).delete();
    await rig.container('target', 'rest');
    const job = await restore('incremental', { destination: `${rig.url('target', 'rest')}/` });
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
    const first = await backUp('kept');
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const second = await backUp('kept');
    const left = await pointsWhen('kept', (all) => all.length === 1);
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
    const backups = await rig.container('target', 'backups');
    const [only] = await points('kept');
    const folder = new URL(only?.destination ?? '').pathname.split('/').slice(-3).join('/');
    await rig.fill(backups, [`${folder}not ours`]);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await backUp('kept');
    const waiting = await pointsWhen('kept', (all) => all.some(({ status }) => status === 'pruning'));
    const prune = waiting.find(({ status }) => status === 'pruning')?.prune?.job ?? '';
    await rig.settled(prune);
    const job = await rig.job(prune);
    expect([job.status, job.reasonCode]).toEqual(['AwaitingApproval', 'delete-guard-too-many-deletes']);
    expect((await rig.list(backups)).has(`${folder}not ours`)).toBe(true);
  });
});

describe('a schedule on the local host', () => {
  it('starts its job when it is due', async () => {
    const source = await rig.container('source', 'due');
    await rig.fill(source, ['a']);
    await rig.container('target', 'due');
    const reply = await rig.call('PUT', 'policies/due', {
      kind: 'schedule',
      schedule: { cron: '* * * * *' },
      job: { source: `${rig.url('source', 'due')}/`, destination: `${rig.url('target', 'due')}/` },
    });
    const dueAt = reply.body['nextStartAt'] as string;
    await new Promise((resolve) => setTimeout(resolve, Date.parse(dueAt) - Date.now() + 50));
    const deadline = Date.now() + 20_000;
    for (let started = false; !started;) {
      await tick();
      await new Promise((resolve) => setTimeout(resolve, 200));
      const { body } = await rig.call('GET', 'jobs?top=5');
      const jobs = body['jobs'] as readonly { policy?: { name: string; dueAt: string } }[];
      started = jobs.some(({ policy }) => policy?.name === 'due' && policy.dueAt === dueAt);
      expect(Date.now()).toBeLessThan(deadline);
    }
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
    for (const deadline = Date.now() + 75_000; !isTold();) {
      expect(Date.now()).toBeLessThan(deadline);
      await tick('supervise');
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    expect(refused).toBe(1);
    const [{ id, counts } = { id: '', counts: {} }] = ended;
    expect(heard.find(({ subject }) => subject === `jobs/${id}`)).toMatchObject({
      type: 'Tranship.JobCompleted',
      data: { status: 'Completed', counts },
    });
  });
});
