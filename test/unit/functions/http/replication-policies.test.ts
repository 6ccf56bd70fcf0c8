import { beforeEach, describe, expect, it } from 'vitest';
import { ruleId } from '../../../../src/replicate/lineage.js';
import { type Bench, type Reply, createBench, from, shares, to } from './api-bench.js';

const home = 'https://host.example/tranship';
let bench: Bench;
const urls = [from, to] as const;

beforeEach(() => {
  bench = createBench();
});

interface Told {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function told(reply: Promise<Reply>): Promise<Told> {
  const { status, json } = await reply;
  return { status, body: json() };
}

const call = (method: 'GET', path: string): Promise<Told> => told(bench.call(method, path));
const put = (path: string, content: unknown): Promise<Told> => told(bench.put(path, content));
const post = (path: string, content?: unknown, headers?: Record<string, string>): Promise<Told> =>
  told(bench.post(path, content, headers));

function body(changes: object = {}): object {
  return { kind: 'replication', source: `${urls[0]}/data`, targets: [`${urls[1]}/copy/`], ...changes };
}

describe('policies of kind replication', () => {
  it('are saved with their defaults and shown with how they are getting on', async () => {
    const saved = await put('/api/policies/mirror', body());
    expect(saved).toMatchObject({
      status: 201,
      body: {
        kind: 'replication',
        rule: { deletes: 'ignore', conflict: 'sourceWins', delaySeconds: 0 },
        nextReconcileAt: null,
        request: body(),
      },
    });
    const { body: shown } = await call('GET', '/api/policies/mirror');
    expect(shown).toMatchObject({
      status: {
        lastEventAt: null,
        lagMs: null,
        last24Hours: {},
        backlog: { queuedEvents: 3, waiting: 0 },
        deadLetters: 0,
        poisonedMessages: 0,
      },
    });
    const list = await call('GET', '/api/policies');
    expect(list.body).toMatchObject({ policies: [{ name: 'mirror' }] });
  });

  it.each([
    ['its own source', { targets: ['SELF/data/sub/'] }, 422, 'targets[0]', 'overwrite its own source'],
    [
      'targets within one another',
      { targets: ['OTHER/copy/', 'OTHER/copy/x/'] },
      400,
      'targets',
      'within one another',
    ],
    ['a whole account', { source: 'SELF' }, 400, 'targets[0]', 'whole account'],
    [
      'an unknown account',
      { targets: ['https://stranger.example/c'] },
      400,
      'targets[0]',
      'not a configured account',
    ],
    ['a source in Azure Files', { source: `${shares}/data` }, 400, 'source', 'no events'],
    [
      'a target in Azure Files',
      { targets: ['OTHER/copy/', `${shares}/copy`] },
      400,
      'targets[1]',
      'containers',
    ],
    ['a wildcard', { source: 'SELF/data/*.txt' }, 400, 'source', 'wildcard'],
    [
      'a schedule that never comes',
      { reconcile: { cron: '0 0 30 2 *' } },
      400,
      'reconcile.cron',
      'never due',
    ],
    ['a filter that is none', { include: { regex: ['('] } }, 400, 'include.regex[0]', ''],
    ['too long a delay', { delaySeconds: 3601 }, 400, 'delaySeconds', ''],
  ])('refuse %s', async (_, changes, status, field, detail) => {
    const text = JSON.stringify(body(changes)).replaceAll('SELF', urls[0]).replaceAll('OTHER', urls[1]);
    const reply = await put('/api/policies/mirror', JSON.parse(text));
    expect(reply).toMatchObject({ status, body: { field } });
    expect(reply.body['detail']).toContain(detail);
    expect((await call('GET', '/api/policies/mirror')).status).toBe(404);
  });

  it('refuse a cycle that moves names, and take one that does not', async () => {
    await put('/api/policies/there', body());
    const back = (targets: readonly string[]) =>
      put('/api/policies/back', { kind: 'replication', source: `${urls[1]}/copy`, targets });
    await expect(back([`${urls[0]}/data/sub/`])).resolves.toMatchObject({
      status: 422,
      body: { field: 'targets' },
    });
    await expect(back([`${urls[0]}/data`])).resolves.toMatchObject({ status: 201 });
  });

  it('start a job for each target when they are run, once for a key', async () => {
    await put(
      '/api/policies/mirror',
      body({ targets: [`${urls[1]}/copy/`, `${urls[1]}/other/`], deletes: 'propagate' }),
    );
    const run = () => post('/api/policies/mirror/run', undefined, { 'idempotency-key': 'k' });
    const first = await run();
    expect([first.status, (await run()).body['id']]).toEqual([202, first.body['id']]);
    expect(bench.started).toHaveLength(4);
    expect(new Set(bench.started).size).toBe(2);
    expect(first.body['id']).toMatch(new RegExp(`^rep${ruleId(home, 'mirror')}`));
    const { body: list } = await call('GET', '/api/jobs');
    expect(list).toMatchObject({ jobs: [{ kind: 'sync' }, { kind: 'sync' }] });
  });

  it('try again what they have given up; others cannot', async () => {
    await put('/api/policies/mirror', body());
    await expect(post('/api/policies/mirror/retry')).resolves.toMatchObject({
      status: 200,
      body: { retried: 2, failed: 1, more: false },
    });
    expect(bench.retried).toEqual([ruleId(home, 'mirror')]);
    await put('/api/policies/nightly', {
      kind: 'schedule',
      schedule: { cron: '0 2 * * *' },
      job: { source: `${urls[0]}/data/`, destination: `${urls[1]}/copy/` },
    });
    await expect(post('/api/policies/nightly/retry')).resolves.toMatchObject({ status: 400 });
  });

  it('leave a mark when they are removed, so that what they have left is found', async () => {
    await put('/api/policies/mirror', body());
    const stale = await bench.call('DELETE', '/api/policies/mirror', { headers: { 'if-match': '"old"' } });
    expect([stale.status, bench.state.names('replication/removed/')]).toEqual([412, []]);
    expect((await bench.call('DELETE', '/api/policies/mirror')).status).toBe(204);
    expect(bench.state.names('replication/removed/')).toEqual([
      `replication/removed/${ruleId(home, 'mirror')}`,
    ]);
  });

  it('are paused and resumed', async () => {
    await put('/api/policies/mirror', body({ reconcile: { cron: '0 3 * * *' } }));
    await expect(post('/api/policies/mirror/pause')).resolves.toMatchObject({
      body: { paused: true, nextReconcileAt: null },
    });
    const resumed = await post('/api/policies/mirror/resume');
    expect(resumed.body['nextReconcileAt']).toMatch(/T03:00:00/);
  });
});
