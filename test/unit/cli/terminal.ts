import { runCli } from '../../../src/cli/program.js';
import type { CliContext } from '../../../src/cli/context.js';

export interface Run {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly workingDirectory?: string;
  /** Called before each pause of the CLI with the handler that Ctrl-C would call. */
  readonly onSleep?: (interrupt: () => void) => void;
}

/** Runs the CLI in process. Time passes only while it sleeps, and then at once. */
export async function runTranship(words: readonly string[], options: RunOptions = {}): Promise<Run> {
  let stdout = '';
  let stderr = '';
  let now = Date.parse('2026-11-22T08:00:00Z');
  let interrupt = (): void => undefined;
  const context: CliContext = {
    environment: options.environment ?? {},
    workingDirectory: options.workingDirectory ?? '/nonexistent',
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    now: () => now,
    sleep: (delayMs, signal) => {
      now += delayMs;
      options.onSleep?.(interrupt);
      return signal?.aborted === true ? Promise.reject(signal.reason as Error) : Promise.resolve();
    },
    newId: () => '00000000-0000-4000-8000-000000000001',
    onInterrupt: (handler) => {
      interrupt = () => {
        handler('SIGINT');
      };
      return () => undefined;
    },
  };
  const exitCode = await runCli(words, context);
  return { exitCode, stdout, stderr };
}
