import { InvocationContext } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { scheduleJobs } from '../../../../src/functions/schedule-jobs.js';
import { releaseDestination } from '../../../../src/record/active.js';
import { accounts, type Bench, createBench, from, to } from './api-bench.js';

const path = '/api/policies/often';
const minuteMs = 60_000;

/** The timer looks once, `afterMs` later. */
async function look(bench: Bench, afterMs: number): Promise<void> {
  bench.clock.advance(afterMs);
  const { state, clock } = bench;
  const services = {
    accounts,
    state,
    clock,
    randomBytes: () => new Uint8Array(16),
    startRun: (job: string, run: number) => {
      bench.started.push(`${job}.r${String(run)}`);
      return Promise.resolve();
    },
    log: () => undefined,
  };
  await scheduleJobs(
    services,
    new InvocationContext({ functionName: 'schedule', logHandler: () => undefined }),
  );
}

async function saved(schedule: object): Promise<Bench> {
  const bench = createBench();
  const job = { source: `${from}/photos/`, destination: `${to}/copy/` };
  const reply = await bench.put(path, {
    kind: 'schedule',
    schedule: { cron: '*/10 * * * *', ...schedule },
    job,
  });
  expect(reply.status).toBe(201);
  return bench;
}

interface Status {
  readonly last: { readonly dueAt: string; readonly job: string } | null;
  readonly waiting: readonly string[];
  readonly skipped: number;
  readonly missed: number;
}

async function statusOf(bench: Bench): Promise<Status> {
  return (await bench.call('GET', path)).json()['status'] as Status;
}

async function end(bench: Bench): Promise<void> {
  const { last } = await statusOf(bench);
  await bench.changeBoard(last?.job ?? '', { status: 'Completed' });
  await releaseDestination(bench.state, last?.job ?? '');
}

const at = (minute: number): string =>
  `2026-01-01T0${String(Math.floor(minute / 60))}:${String(minute % 60).padStart(2, '0')}:00.000Z`;

describe('a schedule as it was saved by the API', () => {
  it('queue: starts one job after the other', async () => {
    const bench = await saved({ overlap: 'queue' });
    for (let index = 0; index < 3; index += 1) await look(bench, 10 * minuteMs);
    expect(await statusOf(bench)).toMatchObject({
      last: { dueAt: at(10) },
      waiting: [at(20), at(30)],
      skipped: 0,
    });
    await end(bench);
    await look(bench, minuteMs);
    expect(await statusOf(bench)).toMatchObject({ last: { dueAt: at(20) }, waiting: [at(30)] });
    expect(bench.started).toHaveLength(2);
  });

  it('cancelPrevious: asks the job before to end, and starts the newest after it', async () => {
    const bench = await saved({ overlap: 'cancelPrevious' });
    await look(bench, 10 * minuteMs);
    const { last } = await statusOf(bench);
    await bench.changeBoard(last?.job ?? '', { status: 'Running' });
    await look(bench, 10 * minuteMs);
    await look(bench, 10 * minuteMs);
    expect(bench.board(last?.job ?? '').desired).toBe('cancel');
    expect(await statusOf(bench)).toMatchObject({ waiting: [at(30)], skipped: 1 });
    await end(bench);
    await look(bench, minuteMs);
    expect(await statusOf(bench)).toMatchObject({ last: { dueAt: at(30) }, waiting: [] });
  });

  it.each([
    ['none', [], 3],
    ['last', [at(30)], 2],
    ['all', [at(10), at(20), at(30)], 0],
  ] as const)('catchUp %s: makes up for %j after an outage', async (catchUp, wanted, missed) => {
    const bench = await saved({ catchUp, overlap: 'queue' });
    // Later than five minutes is late.
    await look(bench, 38 * minuteMs);
    const started: string[] = [];
    for (let more = 0; more < 4; more += 1) {
      const { last } = await statusOf(bench);
      if (last !== null && !started.includes(last.dueAt)) started.push(last.dueAt);
      if (last !== null) await end(bench);
      await look(bench, 1000);
    }
    expect(started).toEqual(wanted);
    expect((await statusOf(bench)).missed).toBe(missed);
  });

  it('jitter: puts a start off, always by the same, and says when it comes', async () => {
    const bench = await saved({ jitterSeconds: 300 });
    const next = (await bench.call('GET', path)).json()['nextStartAt'] as string;
    const lateMs = Date.parse(next) - Date.parse(at(10));
    expect(lateMs).toBeGreaterThan(0);
    expect(lateMs).toBeLessThanOrEqual(300_000);
    await look(bench, 10 * minuteMs + lateMs - 1);
    expect((await statusOf(bench)).last).toBeNull();
    await look(bench, 1);
    expect((await statusOf(bench)).last?.dueAt).toBe(at(10));
  });
});
