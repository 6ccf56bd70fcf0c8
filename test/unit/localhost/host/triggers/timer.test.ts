import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppRegistry } from '../../../../../src/localhost/host/app-registry.js';
import type { HostLogEntry } from '../../../../../src/localhost/host/host-log.js';
import type { TriggerCall } from '../../../../../src/localhost/host/invoker.js';
import { createTimers } from '../../../../../src/localhost/host/triggers/timer.js';
import type { Timers } from '../../../../../src/localhost/host/triggers/timer.js';
import { openTimerStatusFile } from '../../../../../src/localhost/host/triggers/timer-status.js';
import { createStepClock } from '../../../../support/step-clock.js';
import type { StepClock } from '../../../../support/step-clock.js';

interface Firing {
  readonly at: string;
  readonly payload: {
    readonly IsPastDue: boolean;
    readonly ScheduleStatus: { readonly Last: string; readonly Next: string };
  };
}

let directory: string;
let statusPath: string;
let clock: StepClock;
let log: HostLogEntry[];
let firings: Firing[];
let timers: Timers;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'timers-'));
  statusPath = join(directory, 'state', 'timers.json');
  clock = createStepClock();
  log = [];
  firings = [];
});
afterEach(() => rm(directory, { recursive: true }));

/** Starts one timer, stops it at the given firing and waits until it has ended; `work` runs within each firing. */
async function run(
  binding: Readonly<Record<string, unknown>>,
  count: number,
  work: (n: number) => Promise<void> = () => Promise.resolve(),
): Promise<Firing[]> {
  const log_ = (entry: HostLogEntry): void => void log.push(entry);
  const registry = new AppRegistry(log_);
  registry.registerFunction(
    { name: 'tick', bindings: { t: { type: 'timerTrigger', direction: 'in', ...binding } } },
    () => undefined,
  );
  let noteEnd = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    noteEnd = resolve;
  });
  const invoke = async (_fn: unknown, call: TriggerCall): Promise<Record<string, never>> => {
    const payload = JSON.parse(call.data.json ?? '') as Firing['payload'];
    firings.push({ at: new Date(clock.now()).toISOString(), payload });
    const n = firings.length;
    if (n === count) {
      void timers.stop().then(noteEnd);
    }
    await work(n);
    return {};
  };
  const statusFile = await openTimerStatusFile(statusPath);
  timers = createTimers({
    registry,
    invoker: { invoke, drain: () => Promise.resolve(true) },
    clock,
    statusFile,
    settings: {},
    log: log_,
  });
  timers.start();
  await ended;
  return firings;
}

const status = async (): Promise<unknown> => JSON.parse(await readFile(statusPath, 'utf8'));
describe('a timer', () => {
  it('fires at each due time with the status of the one before', async () => {
    await run({ schedule: '0 */5 * * * *' }, 3);
    expect(firings.map((firing) => firing.at)).toEqual([
      '2026-01-01T00:05:00.000Z',
      '2026-01-01T00:10:00.000Z',
      '2026-01-01T00:15:00.000Z',
    ]);
    expect(firings[0]?.payload).toMatchObject({
      Schedule: { AdjustForDST: true },
      ScheduleStatus: { Last: '0001-01-01T00:00:00', Next: '2026-01-01T00:05:00.000Z' },
      IsPastDue: false,
    });
    expect(firings[2]?.payload.ScheduleStatus).toMatchObject({
      Last: '2026-01-01T00:10:00.000Z',
      Next: '2026-01-01T00:15:00.000Z',
    });
    expect(await status()).toMatchObject({
      tick: {
        schedule: '0 */5 * * * *',
        last: '2026-01-01T00:15:00.000Z',
        next: '2026-01-01T00:20:00.000Z',
      },
    });
  });

  it('fires on start-up when it is told to', async () => {
    await run({ schedule: '1.00:00:00', runOnStartup: true }, 1);
    expect(firings[0]).toMatchObject({ at: '2026-01-01T00:00:00.000Z', payload: { IsPastDue: false } });
  });

  it('is past due when its time came while the host was off, unless the schedule has changed', async () => {
    await run({ schedule: '0 0 * * * *' }, 1);
    expect(await status()).toMatchObject({ tick: { next: '2026-01-01T02:00:00.000Z' } });
    clock.advance(90 * 60_000);
    firings = [];
    await run({ schedule: '0 0 * * * *' }, 1);
    expect(firings[0]).toMatchObject({ at: '2026-01-01T02:30:00.000Z', payload: { IsPastDue: true } });
    expect(await status()).toMatchObject({
      tick: { last: '2026-01-01T02:30:00.000Z', next: '2026-01-01T03:00:00.000Z' },
    });
    clock.advance(90 * 60_000);
    firings = [];
    await run({ schedule: '0 15 * * * *' }, 1);
    expect(firings[0]).toMatchObject({ at: '2026-01-01T04:15:00.000Z', payload: { IsPastDue: false } });
  });

  it('does not make up for what a long run has missed, and waits for that run', async () => {
    await run({ schedule: '0 */5 * * * *' }, 2, (n) => {
      clock.advance(n === 1 ? 12 * 60_000 : 0);
      return Promise.resolve();
    });
    expect(firings.map((firing) => firing.at)).toEqual([
      '2026-01-01T00:05:00.000Z',
      '2026-01-01T00:20:00.000Z',
    ]);
  });

  it('keeps no status for a schedule shorter than a minute, or when told not to', async () => {
    await run({ schedule: '*/10 * * * * *' }, 2);
    await run({ schedule: '0 0 * * * *', useMonitor: false }, 3);
    await expect(status()).rejects.toThrow('ENOENT');
  });

  it('goes on after a failed run', async () => {
    await run({ schedule: '0 */5 * * * *' }, 2, (n) =>
      n === 1 ? Promise.reject(new Error('no luck')) : Promise.resolve(),
    );
    expect(firings).toHaveLength(2);
  });

  it('runs a manual firing after the run under way, and none after stopping', async () => {
    const order: string[] = [];
    await run({ schedule: '0 */5 * * * *', useMonitor: false }, 2, async (n) => {
      order.push(`begin ${String(n)}`);
      if (n === 1) {
        expect(timers.fire('tick', { IsPastDue: true })).toBe(true);
      }
      await Promise.resolve();
      order.push(`end ${String(n)}`);
    });
    expect(order).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2']);
    expect(firings[1]).toMatchObject({ at: '2026-01-01T00:05:00.000Z', payload: { IsPastDue: true } });
    expect(timers.fire('tick')).toBe(false);
    expect(timers.fire('nobody')).toBe(false);
  });

  it('goes on when its status cannot be saved, and says so', async () => {
    await mkdir(`${statusPath}.tmp`, { recursive: true });
    await run({ schedule: '0 */5 * * * *' }, 2);
    expect(log[0]).toMatchObject({ level: 'error', functionName: 'tick' });
    expect(log[0]?.message).toContain('was not saved');
  });

  it('fails the start when its schedule never comes', async () => {
    await expect(run({ schedule: '0 0 0 30 2 *', runOnStartup: true }, 1)).rejects.toThrow(
      'Timer "tick": "0 0 0 30 2 *" never comes.',
    );
  });

  it('refuses a status file that it has not written', async () => {
    await writeFile(join(directory, 'other.json'), '{"tick": 1}');
    await expect(openTimerStatusFile(join(directory, 'other.json'))).rejects.toThrow('Delete it to start');
  });
});
