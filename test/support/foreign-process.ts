import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** How a program ended, and what it took. */
export interface Ended {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
  /** User and system time as last seen before it ended, to a twentieth of a second. */
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
}

/** A program of somebody else that is running. */
export interface Running {
  readonly ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
}

const sampleEveryMs = 25;
const ticksPerSecond = 100;

/**
 * Starts a program. Its standard input stays open until it ends: AzCopy spins a whole core when it finds the end of it.
 * Only `environment` and PATH are passed on, so that no credential or proxy of the shell has a say.
 */
export function startProcess(
  command: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
): Running {
  const startedAt = performance.now();
  const child = spawn(command, words, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', ...environment },
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  child.stdin.on('error', () => undefined); // it need not read it
  let used = { cpuSeconds: 0, peakRssBytes: 0 };
  const sampler = setInterval(() => {
    used = usageOf(child.pid ?? 0) ?? used;
  }, sampleEveryMs);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => {
      resolve({ exitCode, ...output, tookMs: performance.now() - startedAt, ...used });
    });
  }).finally(() => {
    clearInterval(sampler);
  });
  return { ended, kill: (signal) => child.kill(signal) };
}

/** Processor time and peak resident memory of a process by Linux' own count; undefined once it has gone. */
export function usageOf(pid: number): { cpuSeconds: number; peakRssBytes: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    // The program's name is in parentheses and may hold spaces; user and system ticks are the 14th and 15th field.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const peak = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1];
    if (peak === undefined) return undefined; // a zombie has no memory
    return {
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
      peakRssBytes: Number(peak) * 1024,
    };
  } catch {
    return undefined;
  }
}
