import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createDurableEngine } from '../../../../src/localhost/durable/engine.js';
import type { LocalDurableEngine } from '../../../../src/localhost/durable/engine.js';
import type { FunctionInvoker, ManagementResponse } from '../../../../src/localhost/durable/engine-api.js';
import type {
  DurableEngineOptions,
  EngineEvent,
  EngineTime,
} from '../../../../src/localhost/durable/engine-options.js';

/** The wall clock. */
const realTime: EngineTime = {
  now: () => Date.now(),
  setTimer: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => {
      clearTimeout(timer);
    };
  },
};

/** A clock that jumps to the next timer whenever the test says so. */
export interface SteppedTime extends EngineTime {
  /** Fires what is due until `toMs` after the start, in order. */
  advanceTo(toMs: number): void;
  /** Delays asked for so far. */
  readonly delays: number[];
  /** Due times of the timers that are set, ascending. */
  due(): readonly number[];
}

export function steppedTime(startMs: number): SteppedTime {
  let nowMs = startMs;
  let timers: { readonly atMs: number; readonly callback: () => void }[] = [];
  const delays: number[] = [];
  return {
    delays,
    now: () => nowMs,
    due: () => timers.map((one) => one.atMs).sort((a, b) => a - b),
    setTimer: (delayMs, callback) => {
      const timer = { atMs: nowMs + delayMs, callback };
      delays.push(delayMs);
      timers.push(timer);
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    },
    advanceTo: (toMs) => {
      for (;;) {
        const due = timers.filter((one) => one.atMs <= toMs).sort((a, b) => a.atMs - b.atMs)[0];
        if (due === undefined) {
          break;
        }
        timers = timers.filter((one) => one !== due);
        nowMs = Math.max(nowMs, due.atMs);
        due.callback();
      }
      nowMs = Math.max(nowMs, toMs);
    },
  };
}

export interface Status {
  readonly runtimeStatus: string;
  readonly output: unknown;
  readonly input: unknown;
  readonly customStatus: unknown;
  readonly instanceId: string;
  readonly historyEvents?: readonly { readonly EventType: string }[];
}

/** An engine over a folder, with the management API in short. */
export interface Rig {
  readonly engine: LocalDurableEngine;
  readonly events: EngineEvent[];
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<ManagementResponse>;
  /** Starts and resolves with the instance id. */
  startNew(name: string, id?: string, input?: unknown): Promise<string>;
  status(id: string): Promise<Status>;
  /** Resolves with the status once it is final. */
  finished(id: string): Promise<Status>;
  /** Resolves when `test` holds, asked at every turn of the event loop. */
  until(test: () => boolean | Promise<boolean>): Promise<void>;
}

export type RigOptions = Partial<DurableEngineOptions> & { readonly invoker: FunctionInvoker };

const folders: string[] = [];
const engines: LocalDurableEngine[] = [];

/** A new empty folder, removed by `cleanUp`. */
export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'durable-'));
  folders.push(folder);
  return folder;
}

export async function cleanUp(): Promise<void> {
  await Promise.all(engines.splice(0).map((engine) => engine.stop(0)));
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
}

async function until(test: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await test())) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export async function openRig(options: RigOptions): Promise<Rig> {
  const events: EngineEvent[] = [];
  const engine = createDurableEngine({
    directory: options.directory ?? (await newFolder()),
    settings: {
      hubName: 'TestHub',
      maxConcurrentActivityFunctions: 8,
      maxConcurrentOrchestratorFunctions: 16,
      defaultVersion: '1.0',
    },
    strict: false,
    time: realTime,
    log: (event) => events.push(event),
    ...options,
  });
  engines.push(engine);
  await engine.start();
  const call: Rig['call'] = (method, path, body, headers = {}) => {
    const [pathname = '', query = ''] = path.split('?');
    return engine.handle({
      method,
      path: pathname,
      query: new URLSearchParams(query),
      headers,
      body: body === undefined ? '' : JSON.stringify(body),
    });
  };
  const status = async (id: string): Promise<Status> =>
    JSON.parse((await call('GET', `instances/${encodeURIComponent(id)}?showHistory=true`)).body) as Status;
  return {
    engine,
    events,
    call,
    status,
    until,
    startNew: async (name, id, input) => {
      const path = id === undefined ? `orchestrators/${name}` : `orchestrators/${name}/${id}`;
      const response = await call('POST', path, input);
      if (response.status !== 202) {
        throw new Error(response.body);
      }
      return (JSON.parse(response.body) as { id: string }).id;
    },
    finished: async (id) => {
      let found = await status(id);
      await until(async () => {
        found = await status(id);
        return ['Completed', 'Failed', 'Terminated'].includes(found.runtimeStatus);
      });
      return found;
    },
  };
}
