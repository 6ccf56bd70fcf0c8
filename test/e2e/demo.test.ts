import { randomUUID } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CliContext } from '../../src/cli/context.js';
import { runCli } from '../../src/cli/program.js';
import type { LocalFile } from '../../src/localhost/local-file.js';
import { openStateFolder, type StateFolder } from '../support/state-folder.js';
import { until } from '../support/until.js';

let state: StateFolder;
let folder: string;
beforeEach(async () => {
  state = await openStateFolder('tranship-demo');
  folder = state.path;
});
afterEach(() => state.close());

interface Terminal {
  readonly context: CliContext;
  stdout(): string;
  stderr(): string;
  /** As Ctrl-C would. */
  interrupt(): void;
}

function openTerminal(): Terminal {
  let stdout = '';
  let stderr = '';
  const handlers = new Set<(signal: NodeJS.Signals) => void>();
  return {
    context: {
      environment: process.env,
      workingDirectory: folder,
      stdout: { write: (text) => (stdout += text) },
      stderr: { write: (text) => (stderr += text) },
      now: () => Date.now(),
      sleep: (delayMs, signal) => sleep(delayMs, undefined, signal === undefined ? {} : { signal }),
      newId: () => randomUUID(),
      onInterrupt: (handler) => {
        handlers.add(handler);
        return () => handlers.delete(handler);
      },
    },
    stdout: () => stdout,
    stderr: () => stderr,
    interrupt: () => {
      for (const handler of handlers) {
        handler('SIGINT');
      }
    },
  };
}

const small = ['demo', '--files=300', '--large-mb=16'];

describe('tranship demo', () => {
  it('copies and verifies every object, prints the job as one JSON line and leaves nothing', async () => {
    const terminal = openTerminal();
    const exitCode = await runCli([...small, '--once', '--output', 'json'], terminal.context);
    expect(terminal.stderr()).toContain('have equal content');
    expect(exitCode).toBe(0);
    const lines = terminal.stdout().split('\n');
    expect(lines).toHaveLength(2);
    const job = JSON.parse(lines[0] ?? '') as { status: string; counts: { planned: number; copied: number } };
    expect(job.status).toBe('Completed');
    expect(job.counts.copied).toBe(job.counts.planned);
    expect(job.counts.planned).toBeGreaterThan(380);
    expect(terminal.stderr()).toContain('Bytes of objects that passed through the app: 0.');
    await expect(access(join(folder, '.tranship', 'local.json'))).rejects.toThrow();
    await expect(access(join(folder, '.tranship', 'demo', 'cloud'))).rejects.toThrow();
  });

  it('stays up for further jobs until Ctrl-C', async () => {
    const terminal = openTerminal();
    const running = runCli(small, terminal.context);
    let ended = false;
    void running.then(() => (ended = true));
    await until('it is up or over', () => ended || terminal.stderr().includes('stays up until Ctrl-C'));
    expect(terminal.stderr()).toContain('stays up until Ctrl-C');
    const { accounts } = JSON.parse(
      await readFile(join(folder, '.tranship', 'local.json'), 'utf8'),
    ) as LocalFile;
    const [source = '', target = ''] = accounts.map(({ blobEndpoint }) => `${blobEndpoint}/demo`);
    const again = openTerminal();
    expect(await runCli(['sync', source, target], again.context)).toBe(0);
    expect(again.stdout()).toContain('0 copied');
    terminal.interrupt();
    expect(await running).toBe(0);
    await expect(access(join(folder, '.tranship', 'local.json'))).rejects.toThrow();
  });
});

describe('tranship local', () => {
  it('runs until it is interrupted, and keeps its state', async () => {
    const terminal = openTerminal();
    const running = runCli(['local', '--state', 'kept'], terminal.context);
    await until('it says where everything is', () => terminal.stdout().includes('Everything is also in'));
    terminal.interrupt();
    expect(await running).toBe(0);
    await access(join(folder, 'kept', 'cloud'));
  });

  it('says why it cannot start', async () => {
    const terminal = openTerminal();
    expect(await runCli(['local', '--port', '80'], terminal.context)).toBe(1);
    expect(terminal.stderr()).toContain('at least 1024');
  });
});
