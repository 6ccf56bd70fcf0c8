import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { entryFile } from './package-layout.js';

const sourceMaps = pathToFileURL(entryFile('source-maps.js')).href;

export interface ChildOptions {
  readonly name: string;
  /** Absolute path of the entry file. It is sent `message`, and answers `{ready}` or `{failed}`. */
  readonly entry: string;
  /** Arguments of Node itself. */
  readonly nodeArguments?: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Gets its standard output and error; appended to. */
  readonly logFile: string;
  readonly message: object;
}

/** A process of ours that is ready. */
export interface Child {
  readonly pid: number;
  /** What it said about itself when it was ready; the caller knows the shape, as both sides are built together. */
  readonly ready: unknown;
  /** Resolves when it has gone, for whatever reason: `exit 0`, `SIGKILL`. */
  readonly exited: Promise<string>;
  /** Resolves when it has gone. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Asks it to end, and kills it after `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

/**
 * Starts a process and waits until it is ready; rejects with its reason when it cannot start. It is tied to us by its IPC
 * channel: `followParent` in it ends it when we die, even by SIGKILL. In its own process group, so that Ctrl-C reaches
 * only us and everything stops in order.
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  const log = openSync(options.logFile, 'a', 0o600);
  const words = ['--import', sourceMaps, ...(options.nodeArguments ?? []), options.entry];
  const child = spawn(process.execPath, words, {
    stdio: ['ignore', log, log, 'ipc'],
    env: { ...options.environment },
    detached: true,
  });
  closeSync(log);
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => {
      resolve(error.message);
    });
    child.once('exit', (code, signal) => {
      resolve(signal ?? `exit ${String(code)}`);
    });
  });
  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await exited;
  };
  const firstAnswer = once(child, 'message').then(([answer]: unknown[]) => answer);
  if (child.pid !== undefined) {
    child.send(options.message);
  }
  const answer = await Promise.race([firstAnswer, exited.then((end) => ({ failed: `it ended: ${end}` }))]);
  if (!isReady(answer)) {
    await kill('SIGKILL');
    throw new Error(`The ${options.name} did not start: ${reasonOf(answer)}. Its log is ${options.logFile}`);
  }
  return {
    pid: child.pid ?? 0,
    ready: answer.ready,
    exited,
    kill,
    stop: async (graceMs) => {
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await kill('SIGTERM');
      clearTimeout(timer);
    },
  };
}

function isReady(answer: unknown): answer is { readonly ready: unknown } {
  return typeof answer === 'object' && answer !== null && 'ready' in answer;
}

function reasonOf(answer: unknown): string {
  return typeof answer === 'object' && answer !== null && 'failed' in answer
    ? String(answer.failed)
    : 'it said something unexpected';
}
