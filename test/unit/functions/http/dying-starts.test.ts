import { expect, it } from 'vitest';
import { listActive } from '../../../../src/record/active.js';
import { listPoints } from '../../../../src/record/backup-points.js';
import { readJob } from '../../../../src/record/jobs.js';
import { collect } from '../../../support/collect.js';
import { createBench, from, to } from './api-bench.js';

const path = '/api/policies/nightly';
const nightly = {
  kind: 'schedule',
  schedule: { cron: '30 2 * * *' },
  job: { source: `${from}/photos/2026/`, destination: `${to}/backups/` },
  backup: { mode: 'incremental' },
};

/** Runs the policy on a host that dies at one of its requests, and again a minute later. True when it died. */
async function startTwice(diesAt: number): Promise<boolean> {
  const bench = createBench();
  expect((await bench.put(path, nightly)).status).toBe(201);
  const run = () => bench.post(`${path}/run`, undefined, { 'idempotency-key': 'once' });
  let calls = 0;
  bench.state.onCall = () => {
    calls += 1;
    if (calls >= diesAt) throw new Error('the host is dead');
  };
  const { status } = await run();
  bench.state.onCall = undefined;
  bench.clock.advance(61_000);
  const again = await run();
  expect([again.status, diesAt]).toEqual([202, diesAt]);
  const points = (await listPoints(bench.state, 'nightly')).map(({ point }) => point);
  const record = await readJob(bench.state, again.json()['id'] as string);
  const active = await collect(listActive(bench.state));
  expect(points).toMatchObject([{ id: record?.id, place: record?.spec.destination, status: 'running' }]);
  expect(active).toMatchObject([{ job: record?.id, destination: record?.spec.destination }]);
  expect(record?.policy?.dueAt).toBe(points[0]?.dueAt);
  return status !== 202;
}

it('a start by hand that dies at any request is completed under its key: one job, one backup, one folder', async () => {
  let died = 0;
  while (await startTwice(died + 1)) died += 1;
  // The policy, its backups, the claim (two), the backup, index, record and board: each once at least.
  expect(died).toBeGreaterThan(8);
});
