import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { buildSync } from 'esbuild';
import { afterEach, describe, expect, it } from 'vitest';

import { openJournalFolder } from '../../../../src/localhost/durable/journal-files.js';
import { cleanUp, newFolder, openRig } from './engine-rig.js';
import { faulty } from './faulty-files.js';
import { scriptedInvoker } from './scripted-invoker.js';
import { sdkApp } from './sdk-app.js';
import type { Ctx, SdkApp } from './sdk-app.js';

afterEach(cleanUp);

/** Activities, a timer, children with and without ids, a failing child, two generations. */
function manifoldApp(): SdkApp {
  return sdkApp({
    orchestrators: {
      *manifold(context: Ctx) {
        const input = context.df.getInput<{ round: number; sum: number }>();
        const soon = new Date(context.df.currentUtcDateTime.getTime() + 1);
        yield context.df.createTimer(soon);
        const parts = (yield context.df.Task.all([
          context.df.callActivity('double', 1),
          context.df.callSubOrchestrator('part', 3, `${context.df.instanceId}.part.${String(input.round)}`),
          context.df.callSubOrchestrator('part', 4),
        ])) as number[];
        const sum = input.sum + parts.reduce((total, one) => total + one, 0);
        if (input.round === 0) {
          context.df.continueAsNew({ round: 1, sum });
          return;
        }
        try {
          yield context.df.callSubOrchestrator('bad');
        } catch {
          return sum + 1000;
        }
      },
      *part(context: Ctx) {
        const doubled = (yield context.df.callActivity('double', context.df.getInput())) as number;
        return (yield context.df.callActivity('double', doubled)) as number;
      },
      *bad() {
        throw new Error('wrong');
      },
    },
    activities: { double: (value) => Number(value) * 2 },
  });
}

const manifoldOutput = 1060;

describe('recovery', () => {
  it('finishes with the same output from every prefix of the journal', async () => {
    const directory = await newFolder();
    const rig = await openRig({ invoker: manifoldApp(), directory });
    await rig.startNew('manifold', 'm', { round: 0, sum: 0 });
    expect((await rig.finished('m')).output).toBe(manifoldOutput);
    await rig.engine.stop(1000);
    const lines = (await readFile(join(directory, 'journal.jsonl'), 'utf8')).split('\n').slice(0, -1);
    expect(lines.length).toBeGreaterThan(40);
    for (let count = 2; count <= lines.length; count += 1) {
      const cut = join(directory, `cut-${String(count)}`);
      await mkdir(cut);
      await writeFile(join(cut, 'journal.jsonl'), `${lines.slice(0, count).join('\n')}\n`);
      const again = await openRig({ invoker: manifoldApp(), directory: cut });
      expect((await again.finished('m')).output, `after ${String(count)} lines`).toBe(manifoldOutput);
      await again.engine.stop(1000);
    }
  });

  it('finishes with the same output when the journal is rewritten again and again', async () => {
    const directory = await newFolder();
    const rig = await openRig({ invoker: manifoldApp(), directory, compactAfterBytes: 1 });
    await rig.startNew('manifold', 'm', { round: 0, sum: 0 });
    expect((await rig.finished('m')).output).toBe(manifoldOutput);
    await rig.engine.stop(1000);
    const again = await openRig({ invoker: manifoldApp(), directory });
    expect(await again.status('m')).toMatchObject({ runtimeStatus: 'Completed', output: manifoldOutput });
    expect(again.engine.inspect('m')?.rowsPerGeneration).toEqual(rig.engine.inspect('m')?.rowsPerGeneration);
  });

  it('goes on after kill -9 in the middle of a fan-out, repeating only what had not been recorded', async () => {
    const directory = await newFolder();
    const logPath = join(directory, 'runs.log');
    await writeFile(logPath, '');
    const script = join(directory, 'crash-child.mjs');
    buildSync({
      entryPoints: [join(import.meta.dirname, 'crash-child.ts')],
      outfile: script,
      ...{ bundle: true, platform: 'node', format: 'esm', logLevel: 'silent' },
    });
    const child = spawn(process.execPath, [script, directory, logPath], { stdio: 'inherit' });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    const lines = async (): Promise<string[]> => (await readFile(logPath, 'utf8')).split('\n').slice(0, -1);
    while ((await lines()).length < 40) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    await expect(openRig({ invoker: scriptedInvoker(logPath), directory })).rejects.toThrow(
      `is in use by process ${String(child.pid)}`,
    );
    child.kill('SIGKILL');
    await exited;
    const rig = await openRig({ invoker: scriptedInvoker(logPath), directory });
    expect((await rig.finished('f')).output).toBe(100);
    const runs = (await lines()).map((line) => line.split(' '));
    expect(new Set(runs.map(([index]) => index)).size).toBe(100);
    expect(new Set(runs.map(([, pid]) => pid))).toEqual(new Set([String(child.pid), String(process.pid)]));
    expect(runs.length).toBeLessThanOrEqual(140);
  });

  it('stops with a clear error on a full disk and loses nothing it has acknowledged', async () => {
    const directory = await newFolder();
    const { files, state } = faulty(await openJournalFolder(directory));
    const app = manifoldApp();
    const rig = await openRig({ invoker: app, directory, files });
    await rig.startNew('manifold', 'm', { round: 0, sum: 0 });
    state.isFull = true;
    await rig.until(() => rig.engine.failure() !== undefined);
    const refused = await rig.call('POST', 'orchestrators/manifold/n', { round: 0, sum: 0 });
    expect(refused.status).toBe(503);
    expect(refused.body).toContain('The durable engine has stopped. Cannot write journal.jsonl: ENOSPC');
    expect(rig.events.filter((event) => event.type === 'faulted')).toHaveLength(1);
    await rig.engine.stop(1000);
    const again = await openRig({ invoker: manifoldApp(), directory });
    expect((await again.finished('m')).output).toBe(manifoldOutput);
    expect((await again.call('GET', 'instances/n')).status).toBe(404);
  });

  it('records the result of an activity that ends within the grace of a stop', async () => {
    const directory = await newFolder();
    let release: (result: number) => void = () => undefined;
    const gate = new Promise<number>((resolve) => {
      release = resolve;
    });
    const functions = {
      *one(context: Ctx) {
        return (yield context.df.callActivity('slow')) as number;
      },
    };
    const app = sdkApp({ orchestrators: functions, activities: { slow: () => gate } });
    const rig = await openRig({ invoker: app, directory });
    await rig.startNew('one', 'o');
    await rig.until(() => app.calls.includes('activity slow'));
    const stopped = rig.engine.stop(10_000);
    release(7);
    await stopped;
    expect((await rig.call('GET', 'instances/o')).status).toBe(503);
    const later = sdkApp({ orchestrators: functions, activities: { slow: () => 8 } });
    const again = await openRig({ invoker: later, directory });
    expect((await again.finished('o')).output).toBe(7);
    expect(later.calls).toEqual(['orchestrator one']);
  });

  it('runs an activity again when the grace of a stop was too short', async () => {
    const directory = await newFolder();
    const functions = {
      *one(context: Ctx) {
        return (yield context.df.callActivity('slow')) as number;
      },
    };
    const app = sdkApp({
      orchestrators: functions,
      activities: { slow: () => new Promise<number>(() => undefined) },
    });
    const rig = await openRig({ invoker: app, directory });
    await rig.startNew('one', 'o');
    await rig.until(() => app.calls.includes('activity slow'));
    await rig.engine.stop(0);
    const again = await openRig({
      invoker: sdkApp({ orchestrators: functions, activities: { slow: () => 8 } }),
      directory,
    });
    expect((await again.finished('o')).output).toBe(8);
  });

  it('gives back the lock when it cannot start', async () => {
    const directory = await newFolder();
    await writeFile(join(directory, 'journal.jsonl'), 'not a journal\n');
    await expect(openRig({ invoker: manifoldApp(), directory })).rejects.toMatchObject({ code: 'corrupt' });
    await expect(openRig({ invoker: manifoldApp(), directory })).rejects.toMatchObject({ code: 'corrupt' });
  });
});
