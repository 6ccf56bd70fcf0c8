// Entry of the process that runs the function app; started by local.ts, and by tests that kill it.
import { join } from 'node:path';
import { createDurableEngine } from './durable/engine.js';
import type { Delivery, EngineTime } from './durable/engine-options.js';
import { followParent } from './follow-parent.js';
import { createFunctionsHost } from './host/functions-host.js';
import type { LogLevel } from './host/worker-contract.js';

/** What local.ts sends. */
export interface HostStart {
  readonly appDirectory: string;
  readonly stateDirectory: string;
  readonly port: number;
  readonly strict: boolean;
  /** How often each activity is delivered; absent: once. */
  readonly delivery?: Delivery;
}

const stopGraceMs = 5000;
const quietLevels: readonly LogLevel[] = ['trace', 'debug', 'none'];

const engineTime: EngineTime = {
  now: () => Date.now(),
  setTimer: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => {
      clearTimeout(timer);
    };
  },
};

function writeLine(entry: object): void {
  console.log(JSON.stringify({ time: new Date().toISOString(), ...entry }));
}

followParent(async (message) => {
  const { appDirectory, stateDirectory, port, strict, delivery } = message as HostStart;
  const host = createFunctionsHost({
    appDirectory,
    stateDirectory,
    port,
    strict,
    engineFactory: (invoker, settings) =>
      createDurableEngine({
        directory: join(stateDirectory, 'durable'),
        settings,
        invoker,
        strict,
        ...(delivery === undefined ? {} : { deliver: () => delivery }),
        time: engineTime,
        log: writeLine,
      }),
    log: (entry) => {
      if (!quietLevels.includes(entry.level)) {
        writeLine(entry);
      }
    },
  });
  const ready = await host.start();
  return { ready, stop: () => host.stop(stopGraceMs) };
});
