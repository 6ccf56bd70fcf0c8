import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BackupRig, type Point } from '../support/backup-rig.js';
import { LocalRig, numbered } from '../support/local-rig.js';
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
    expect(JSON.parse(await tranship('policy', 'show', 'incremental'))).toMatchObject({
      status: { last: null },
    });
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

describe('a backup that loses an object while it is restored', () => {
  it.each(['full', 'incremental'])('%s: that is a failure, and the rest is given back', async (policy) => {
    const [newest] = await backups.points(policy);
    const folder = new URL(newest?.destination ?? '').pathname.split('/').slice(-3).join('/');
    const stored = await rig.container('target', 'backups');
    await rig.container('target', `less-${policy}`);
    const destination = `${rig.url('target', `less-${policy}`)}/`;
    const planned = await backups.restore(policy, { destination, approve: true });
    expect(planned.status).toBe('AwaitingApproval');
    await stored.blob(decodeURIComponent(`${folder}new 2/000001`)).delete();
    await rig.fill(stored, [decodeURIComponent(`${folder}new 2/000002`)], () => 'of nobody');
    const approved = await rig.call('POST', `jobs/${planned.id}/approve`, { planHash: planned.planHash });
    expect(approved.status).toBe(202);
    const job = await rig.settled(planned.id);
    const { copied, failed, skipped } = job.counts;
    expect([job.status, copied + failed, failed, skipped]).toEqual([
      'CompletedWithErrors',
      newest?.objects,
      2,
      0,
    ]);
    const lines = (await rig.report(job.id, 'failed')) as readonly { key: string; reason: string }[];
    expect(lines.map(({ key, reason }) => [key, reason]).sort()).toEqual([
      ['new 2/000001', 'source-not-found'],
      ['new 2/000002', 'source-changed'],
    ]);
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
    expect([job.status, job.counts.failed]).toEqual(['CompletedWithErrors', 2]);
    expect(await rig.report(job.id, 'failed')).toMatchObject([
      { reason: 'source-not-found', key: 'new 2/000001' },
      { reason: 'source-not-found', key: 'new 2/000003' },
    ]);
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
