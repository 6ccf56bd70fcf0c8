import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startChild, type Child } from '../../../src/localhost/child.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tranship-child-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function start(program: string, message: object = {}): Promise<Child> {
  const entry = join(folder, 'entry.mjs');
  await writeFile(entry, program);
  return startChild({
    name: 'little program',
    entry,
    environment: { PATH: process.env['PATH'], GREETING: 'hello' },
    logFile: join(folder, 'log'),
    message,
  });
}

const echo = `process.once('message', (message) => process.send({ ready: { message, greeting: process.env.GREETING } }));
process.on('disconnect', () => process.exit(0));`;

describe('a child process', () => {
  it('is sent its message and its environment, and is ready when it says so', async () => {
    const child = await start(echo, { port: 5 });
    expect(child.ready).toEqual({ message: { port: 5 }, greeting: 'hello' });
    expect(child.pid).toBeGreaterThan(1);
    await child.stop(5000);
    expect(await child.exited).toBe('SIGTERM');
  });

  it('reads the source maps of its own files, and none of packages', async () => {
    const map = Buffer.from(JSON.stringify({ version: 3, sources: ['a.ts'], names: [], mappings: 'AAAA' }));
    const mapped = `export const a = 1;\n//# sourceMappingURL=data:application/json;base64,${map.toString('base64')}\n`;
    const ofPackage = join(folder, 'node_modules', 'little', 'a.mjs');
    const own = join(folder, 'own.mjs');
    await mkdir(dirname(ofPackage), { recursive: true });
    await Promise.all([own, ofPackage].map((file) => writeFile(file, mapped)));
    const child = await start(`import { findSourceMap } from 'node:module';
      for (const file of ${JSON.stringify([own, ofPackage])}) await import(file);
      const found = ${JSON.stringify([own, ofPackage])}.map((file) => findSourceMap(file) !== undefined);
      process.once('message', () => process.send({ ready: found }));`);
    expect(child.ready).toEqual([true, false]);
    await child.kill('SIGKILL');
  });

  it('writes what it prints to its log', async () => {
    const child = await start(`console.log('one'); console.error('two'); ${echo}`);
    await child.kill('SIGKILL');
    expect(await child.exited).toBe('SIGKILL');
    expect((await readFile(join(folder, 'log'), 'utf8')).split('\n').sort()).toEqual(['', 'one', 'two']);
  });

  it('is killed when it does not end in time', async () => {
    const child = await start(`process.on('SIGTERM', () => undefined); ${echo}`);
    await child.stop(50);
    expect(await child.exited).toBe('SIGKILL');
  });

  it('that fails to start is told with its reason, and is gone', async () => {
    const failing = `process.once('message', () => process.send({ failed: 'the port is taken' }));`;
    await expect(start(failing)).rejects.toThrow(/little program did not start: the port is taken/);
    await expect(start('process.exit(3)')).rejects.toThrow(/exit 3/);
  });
});
