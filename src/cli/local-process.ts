import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { CliContext, Output } from './context.js';

/** One of the programs that stand in for Azure on this machine; the CLI starts them and imports none of them. */
export interface LocalProcess {
  /** Messages in the order in which they came; ends when the process does. */
  readonly messages: AsyncIterator<unknown, undefined>;
  /** The exit code, or 128 + signal number. */
  readonly exited: Promise<number>;
  send(message: object): void;
  /** Asks it to end; resolves when it has. */
  stop(): Promise<void>;
}

/**
 * Starts `dist/localhost/<entry>` in the working directory. Its IPC channel ties it to us: it ends when we do, however we
 * end. What it prints goes to `output`.
 */
export function startLocalProcess(
  entry: string,
  args: readonly string[],
  context: Pick<CliContext, 'environment' | 'workingDirectory'>,
  output: Output,
): LocalProcess {
  // The same whether this file runs from src or from dist.
  const path = fileURLToPath(new URL(`../../dist/localhost/${entry}`, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    cwd: context.workingDirectory,
    env: { ...context.environment },
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => output.write(text));
  }
  const exited = new Promise<number>((resolve) => {
    child.once('error', () => {
      resolve(1);
    });
    child.once('close', (code, signal) => {
      resolve(code ?? (signal === 'SIGINT' ? 130 : 143));
    });
  });
  return {
    messages: messagesOf(child, exited),
    exited,
    send: (message) => {
      child.send(message);
    },
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

function messagesOf(child: ChildProcess, exited: Promise<number>): AsyncIterator<unknown, undefined> {
  const waiting: ((result: IteratorResult<unknown, undefined>) => void)[] = [];
  const arrived: unknown[] = [];
  let ended = false;
  child.on('message', (message) => {
    const reader = waiting.shift();
    if (reader === undefined) {
      arrived.push(message);
    } else {
      reader({ done: false, value: message });
    }
  });
  void exited.then(() => {
    ended = true;
    for (const reader of waiting.splice(0)) {
      reader({ done: true, value: undefined });
    }
  });
  return {
    next: () =>
      new Promise((resolve) => {
        if (arrived.length > 0) {
          resolve({ done: false, value: arrived.shift() });
        } else if (ended) {
          resolve({ done: true, value: undefined });
        } else {
          waiting.push(resolve);
        }
      }),
  };
}
