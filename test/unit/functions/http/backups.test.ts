import { describe, expect, it } from 'vitest';
import { pointPageSchema } from '../../../../src/functions/http/policy-schemas.js';
import { type BackupPoint, createPoint } from '../../../../src/record/backup-points.js';
import { readJob } from '../../../../src/record/jobs.js';
import { type Bench, createBench, from, shares, to } from './api-bench.js';
import { expectProblem } from './expect-problem.js';

const path = '/api/policies/nightly';

function point(day: number, more: Partial<BackupPoint> = {}): BackupPoint {
  const dueAt = `2026-01-0${String(day)}T02:30:00.000Z`;
  const prefix = `nightly/2026-01-0${String(day)}T0230/`;
  return {
    version: 1,
    id: `point000${String(day)}`,
    policy: 'nightly',
    dueAt,
    mode: 'full',
    depth: 0,
    place: { account: 'to', container: 'backups', prefix },
    url: `${to}/backups/${prefix}`,
    source: `${from}/photos/2026/`,
    status: 'good',
    homes: [{ point: `point000${String(day)}`, prefix }],
    copied: { objects: 3, sizeBytes: 30 },
    objects: 3,
    ...more,
  };
}

async function benchWith(...all: readonly BackupPoint[]): Promise<Bench> {
  const bench = createBench();
  for (const one of all) await createPoint(bench.state, one);
  return bench;
}

describe('GET /api/policies/{name}/points', () => {
  it('lists backups, newest first, without their policy too', async () => {
    const prune = { attempt: 1, job: 'prunejob', dueAt: '2026-01-03T00:00:00.000Z' };
    const bench = await benchWith(
      point(1),
      point(2, { mode: 'incremental', base: 'point0001', homes: [...point(1).homes, ...point(2).homes] }),
      point(3, { status: 'stuck', prune }),
    );
    const reply = await bench.call('GET', `${path}/points`);
    const { points } = pointPageSchema.parse(reply.json());
    expect(points.map(({ id, status }) => `${id} ${status}`)).toEqual([
      'point0003 stuck',
      'point0002 good',
      'point0001 good',
    ]);
    expect(points[1]).toMatchObject({ base: 'point0001', needs: ['point0001'] });
  });

  it('knows no backups of a name without any, and none yet of a new policy', async () => {
    const bench = createBench();
    expectProblem(await bench.call('GET', `${path}/points`), 'policy-not-found');
    const schedule = { cron: '30 2 * * *' };
    const job = { source: `${from}/photos/2026/`, destination: `${to}/backups/` };
    const policy = { kind: 'schedule', schedule, job, backup: {} };
    expect((await bench.put(path, policy)).status).toBe(201);
    expect((await bench.call('GET', `${path}/points`)).json()).toEqual({ points: [] });
    expectProblem(await bench.post(`${path}/restore`, {}), 'backup-not-found');
  });
});

describe('POST /api/policies/{name}/restore', () => {
  it('copies the newest good backup back to where it came from, over what is there', async () => {
    const bench = await benchWith(point(1), point(2), point(3, { status: 'failed' }));
    const reply = await bench.post(`${path}/restore`, {});
    expect([reply.status, reply.json()['source'], reply.json()['destination']]).toEqual([
      202,
      `${to}/backups/nightly/2026-01-02T0230/`,
      `${from}/photos/2026/`,
    ]);
    const record = await readJob(bench.state, reply.json()['id'] as string);
    expect(record?.spec).toMatchObject({ overwrite: 'always' });
    expect(record?.spec.backup).toEqual({ kind: 'restoreFull', policy: 'nightly', point: 'point0002' });
    expect(bench.logged).toContainEqual(
      expect.objectContaining({ event: 'audit', action: 'restorePolicy', policy: 'nightly' }),
    );
  });

  it('takes a point, a place, filters, a dry run, and a key', async () => {
    const homes = [...point(1).homes, ...point(2).homes];
    const bench = await benchWith(point(1), point(2, { mode: 'incremental', homes, objects: 7 }), point(3));
    const body = {
      point: 'point0002',
      destination: `${to}/restored/`,
      include: { path: ['a'] },
      dryRun: true,
      overwrite: 'never',
    };
    const restore = () => bench.post(`${path}/restore`, body, { 'idempotency-key': 'k' });
    const [first, again] = [await restore(), await restore()];
    expect(first.json()['id']).toBe(again.json()['id']);
    const record = await readJob(bench.state, first.json()['id'] as string);
    expect(record?.spec).toMatchObject({
      destination: { container: 'restored' },
      overwrite: 'never',
      dryRun: true,
      filters: { include: { path: ['a'] } },
      backup: { kind: 'restore', policy: 'nightly', point: 'point0002', homes, objects: 7 },
    });
  });

  it('makes directories again of what a backup of a share keeps, in a share alone', async () => {
    const homes = [...point(1).homes, ...point(2).homes];
    const share = { share: { directories: true }, source: `${shares}/photos/2026/` };
    const bench = await benchWith(point(1, { mode: 'incremental', homes, ...share }), point(2, share));
    const restored = async (body: object) => {
      const reply = await bench.post(`${path}/restore`, body);
      return (await readJob(bench.state, reply.json()['id'] as string))?.spec;
    };
    expect(await restored({ point: 'point0001' })).toMatchObject({
      destination: { service: 'files' },
      emptyDirectories: true,
      backup: { kind: 'restore' },
    });
    const elsewhere = `${shares}/other/`;
    const without = await restored({ destination: elsewhere, emptyDirectories: false });
    expect(without).not.toHaveProperty('emptyDirectories');
    expect(await restored({ destination: `${to}/restored/` })).not.toHaveProperty('emptyDirectories');
  });

  it('has no way from an incremental backup of blobs to a share: names may meet', async () => {
    const bench = await benchWith(point(1, { mode: 'incremental' }), point(2));
    const destination = `${shares}/photos/`;
    const restore = (id: string) => bench.post(`${path}/restore`, { destination, point: id });
    expectProblem(await restore('point0001'), 'invalid-request');
    expect((await restore('point0002')).status).toBe(202);
  });

  it('refuses what cannot be restored', async () => {
    const bench = await benchWith(
      point(1, { status: 'failed' }),
      point(2, { mode: 'incremental', status: 'good' }),
    );
    expectProblem(await bench.post(`${path}/restore`, { point: 'point0001' }), 'backup-not-found');
    expectProblem(await bench.post(`${path}/restore`, { point: '../x' }), 'invalid-request');
    expectProblem(await bench.post(`${path}/restore`, { mirror: true }), 'invalid-request');
    expectProblem(await bench.post(`${path}/restore`, { source: `${from}/photos/` }), 'invalid-request');
    expectProblem(await bench.post('/api/policies/other/restore', {}), 'policy-not-found');
    const none = await benchWith(point(1, { status: 'running' }));
    expectProblem(await none.post(`${path}/restore`, {}), 'backup-not-found');
    expect([bench.started, none.started]).toEqual([[], []]);
  });
});
