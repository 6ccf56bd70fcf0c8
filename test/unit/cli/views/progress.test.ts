import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { CliContext } from '../../../../src/cli/context.js';
import { jobViewSchema, type JobView } from '../../../../src/cli/views/job-view.js';
import { createProgress } from '../../../../src/cli/views/progress.js';

function job(copied: number, changes: object = {}): JobView {
  return jobViewSchema.parse({
    id: 'job1',
    status: 'Running',
    phase: 'copy',
    counts: { planned: 100, copied },
    bytes: { planned: 1000 * 1024, copied: copied * 10 * 1024 },
    ...changes,
  });
}

/** A terminal that keeps what was drawn on it. */
function fakeTerminal(): { stream: NodeJS.WriteStream; drawn: () => string } {
  const stream = new PassThrough();
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  Object.assign(stream, {
    isTTY: true,
    columns: 160,
    cursorTo: () => true,
    clearLine: () => true,
    moveCursor: () => true,
  });
  return { stream: stream as unknown as NodeJS.WriteStream, drawn: () => text };
}

function createContext(terminal?: NodeJS.WriteStream): {
  context: CliContext;
  lines: () => string;
  pass: (ms: number) => void;
} {
  let now = 0;
  let text = '';
  const context: CliContext = {
    environment: {},
    workingDirectory: '/',
    stdout: { write: () => true },
    stderr: { write: (chunk) => (text += chunk) },
    ...(terminal === undefined ? {} : { terminal }),
    now: () => now,
    sleep: () => Promise.resolve(),
    newId: () => '1',
    onInterrupt: () => () => undefined,
  };
  return { context, lines: () => text, pass: (ms) => (now += ms) };
}

describe('progress', () => {
  it('is a bar on a terminal, with objects, bytes, rate and time left', () => {
    const { stream, drawn } = fakeTerminal();
    const { context, lines, pass } = createContext(stream);
    const progress = createProgress(context);
    progress.update(job(0));
    pass(1000);
    progress.update(job(25, { etaSeconds: 90 }));
    progress.stop();
    const text = drawn();
    expect(text).toContain('copy');
    expect(text).toContain('25.0 %');
    expect(text).toContain(
      '25 of 100 objects · 250.0 KiB of 1000.0 KiB · 25/s · 250.0 KiB/s · ETA 1 min 30 s',
    );
    expect(lines()).toBe('');
  });

  it('leaves the terminal alone after it was stopped, and when there was nothing to show', () => {
    const { stream, drawn } = fakeTerminal();
    const progress = createProgress(createContext(stream).context);
    progress.stop();
    progress.update(job(1));
    expect(drawn()).toBe('');
  });

  it('is one line at once, at every change of phase, and else every five seconds', () => {
    const { context, lines, pass } = createContext();
    const progress = createProgress(context);
    progress.update(job(0, { phase: 'plan' }));
    pass(1000);
    progress.update(job(1, { phase: 'plan' }));
    pass(1000);
    progress.update(job(2));
    pass(5000);
    progress.update(job(50, { counts: { planned: 100, copied: 50, failed: 2, conflicts: 1 } }));
    progress.stop();
    progress.update(job(99, { phase: 'delete' }));
    const text = lines().trimEnd().split('\n');
    expect(text.map((line) => line.split(' ')[0])).toEqual(['plan', 'copy', 'copy']);
    expect(text[2]).toContain('3 failed');
  });

  it('never shows more than everything, nor divides by nothing', () => {
    const { context, lines } = createContext();
    createProgress(context).update(job(0, { counts: null, bytes: null }));
    createProgress(context).update(job(300));
    expect(lines()).toContain('copy 0.0 %');
    expect(lines()).toContain('copy 100.0 %');
  });
});
