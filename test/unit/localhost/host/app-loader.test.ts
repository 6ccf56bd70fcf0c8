import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadApp, terminateApp } from '../../../../src/localhost/host/app-loader.js';
import { AppRegistry } from '../../../../src/localhost/host/app-registry.js';
import { createCoreApi, installCoreModule } from '../../../../src/localhost/host/core-api.js';
import type { HostLogEntry } from '../../../../src/localhost/host/host-log.js';

let directory: string;
let registry: AppRegistry;
let uninstall: () => void;
let log: HostLogEntry[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'loaded-app-'));
  log = [];
  registry = new AppRegistry((entry) => log.push(entry));
  uninstall = installCoreModule(createCoreApi(registry));
});
afterEach(async () => {
  uninstall();
  await rm(directory, { recursive: true });
});

async function writeApp(packageFile: unknown, files: Readonly<Record<string, string>>): Promise<void> {
  await writeFile(join(directory, 'package.json'), JSON.stringify(packageFile));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
}

const register = (name: string): string => `
  core.setProgrammingModel({ name: 'mine', version: '1', getCapabilities: (caps) => { globalThis.offered = caps; return caps; } });
  core.registerFunction({ name: ${JSON.stringify(name)}, bindings: { t: { type: 'timerTrigger', direction: 'in' } } }, () => {});
`;
const commonJs = (name: string): string => `const core = require('@azure/functions-core');${register(name)}`;
const esModule = (name: string): string =>
  `import { createRequire } from 'node:module'; const core = createRequire(import.meta.url)('@azure/functions-core');${register(name)}`;
const names = (): string[] => registry.functions().map((fn) => fn.name);

describe('loading an app', () => {
  it('requires every file that a glob matches, in order of their names', async () => {
    await writeApp(
      { main: 'out/*.js' },
      { 'out/b.js': commonJs('b'), 'out/a.js': commonJs('a'), 'out/deep/c.js': commonJs('c') },
    );
    await loadApp(directory, registry);
    expect(names()).toEqual(['a', 'b']);
  });

  it('imports ES modules, by package type or by extension', async () => {
    await writeApp(
      { main: 'out/*.{js,mjs,cjs}', type: 'module' },
      { 'out/a.js': esModule('a'), 'out/b.mjs': esModule('b'), 'out/c.cjs': commonJs('c') },
    );
    await loadApp(directory, registry);
    expect(names()).toEqual(['a', 'b', 'c']);
  });

  it('runs appStart hooks, offers the worker’s capabilities, then locks registration', async () => {
    const hook = `core.registerHook('appStart', (context) => { context.hookData.at = context.functionAppDirectory; });`;
    await writeApp({ main: 'index.js' }, { 'index.js': commonJs('f') + hook });
    await loadApp(directory, registry);
    expect(registry.appLevelHookData).toEqual({ at: directory });
    expect((globalThis as { offered?: unknown }).offered).toMatchObject({ RawHttpBodyBytes: 'true' });
    expect(() =>
      registry.registerFunction({ name: 'late', bindings: { t: { type: 'timerTrigger' } } }, () => undefined),
    ).toThrow('during app startup');
  });

  it('fails with the cause when an entry point throws', async () => {
    await writeApp({ main: 'index.js' }, { 'index.js': `throw new TypeError('no settings');` });
    await expect(loadApp(directory, registry)).rejects.toMatchObject({
      message: 'Worker was unable to load entry point "index.js": no settings',
      cause: { name: 'TypeError' },
    });
  });

  it('fails when no file matches, when main is missing, and when package.json is', async () => {
    await expect(loadApp(directory, registry)).rejects.toThrow(/Cannot read .*package\.json: ENOENT/);
    await writeApp({ name: 'x' }, {});
    await expect(loadApp(directory, registry)).rejects.toThrow('it must name the entry points in "main"');
    await writeApp({ main: 'dist/*.js' }, {});
    await expect(loadApp(directory, registry)).rejects.toThrow('zero files matching');
  });

  it('fails when the app registers no function', async () => {
    await writeApp({ main: 'index.js' }, { 'index.js': 'module.exports = {};' });
    await expect(loadApp(directory, registry)).rejects.toThrow('registered no function');
  });

  it('refuses an app that wants its HTTP requests streamed', async () => {
    const streaming = commonJs('f').replace(
      'return caps',
      `return { ...caps, HttpUri: 'http://127.0.0.1:1' }`,
    );
    await writeApp({ main: 'index.js' }, { 'index.js': streaming });
    await expect(loadApp(directory, registry)).rejects.toThrow('enableHttpStream');
  });

  it('logs a failing appTerminate hook and goes on', async () => {
    registry.registerHook('appTerminate', () => {
      throw new Error('still busy');
    });
    await terminateApp(registry);
    expect(log).toMatchObject([{ level: 'error', message: 'An appTerminate hook failed: still busy' }]);
  });
});
