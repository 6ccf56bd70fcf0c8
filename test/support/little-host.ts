import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  DurableEngine,
  DurableSettings,
  FunctionInvoker,
} from '../../src/localhost/durable/engine-api.js';
import { createFunctionsHost } from '../../src/localhost/host/functions-host.js';
import type { FunctionsHost } from '../../src/localhost/host/functions-host.js';
import type { HostLogEntry } from '../../src/localhost/host/host-log.js';

/** Where the little app lies: a real app of HTTP, timer and durable functions with every kind of hook. */
export const littleAppDirectory = join(import.meta.dirname, 'little-app');

export interface LittleHost<E extends DurableEngine> {
  readonly host: FunctionsHost;
  readonly url: string;
  readonly engine: E;
  readonly stateDirectory: string;
  readonly log: readonly HostLogEntry[];
  /** Stops the host and removes its state. */
  dispose(): Promise<void>;
}

/** Serves the little app in this process, which must not have hosted an app before: one test file, one host. */
export async function startLittleHost<E extends DurableEngine>(
  createEngine: (invoker: FunctionInvoker, settings: DurableSettings, stateDirectory: string) => E,
): Promise<LittleHost<E>> {
  process.env['LITTLE_SCHEDULE'] = '0 0 3 * * *';
  const stateDirectory = await mkdtemp(join(tmpdir(), 'little-state-'));
  const log: HostLogEntry[] = [];
  let engine: E | undefined;
  const host = createFunctionsHost({
    appDirectory: littleAppDirectory,
    stateDirectory,
    port: 0,
    strict: true,
    log: (entry) => log.push(entry),
    engineFactory: (invoker, settings) => {
      engine = createEngine(invoker, settings, stateDirectory);
      return engine;
    },
  });
  const { url } = await host.start();
  if (engine === undefined) {
    throw new Error('the host has made no engine');
  }
  const dispose = async (): Promise<void> => {
    await host.stop(1000);
    await rm(stateDirectory, { recursive: true });
  };
  return { host, url, engine, stateDirectory, log, dispose };
}
