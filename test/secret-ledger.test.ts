import { globSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TestProject } from 'vitest/node';
import { setup } from './support/scan-after-all.js';
import { faultsOf, ledgerVariable, readLedger, type ScannedEntry } from './support/secret-ledger.js';
import { openStateFolder } from './support/state-folder.js';

const token = `Bearer ${'q'.repeat(30)}`;

it('a state folder of this very run stands in its books', async () => {
  const state = await openStateFolder('state');
  writeFileSync(join(state.path, 'journal'), 'nothing secret');
  await state.close();
  const { opened, scanned } = readLedger(process.env[ledgerVariable] ?? '');
  expect(opened.find(({ path }) => path === state.path)?.by).toContain('secret-ledger.test.ts');
  expect(scanned.find(({ path }) => path === state.path)).toMatchObject({ files: 16, findings: [] });
});

it('whoever starts a cloud or a host here keeps its state in a folder that is scanned', () => {
  const root = join(import.meta.dirname, '..');
  const starters = globSync('test/**/*.ts', { cwd: root })
    .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }))
    .filter(({ text }) => /\bawait start(?:Local|Cloud)\(/.test(text));
  expect(starters.length).toBeGreaterThan(3);
  expect(starters.filter(({ text }) => !text.includes("/state-folder.js'")).map(({ file }) => file)).toEqual(
    [],
  );
});

describe('the books of a run', () => {
  const opened = [{ path: '/a', by: '/repo/test/e2e/one.test.ts' }];
  const scanned: ScannedEntry = {
    path: '/a',
    files: 20,
    bytes: 100,
    unpacked: 1,
    canaries: 12,
    canariesFound: 12,
    findings: [],
  };
  const must = ['/repo/test/e2e/one.test.ts'];

  it('are in order when all that was opened was scanned, with every canary', () => {
    expect(faultsOf({ opened, scanned: [scanned] }, must)).toEqual([]);
  });

  it.each([
    ['a secret', { opened, scanned: [{ ...scanned, findings: ['a token in logs/host.log'] }] }, 'a token in'],
    [
      'a missed canary',
      { opened, scanned: [{ ...scanned, canariesFound: 11 }] },
      'did not find its canaries',
    ],
    ['no canary', { opened, scanned: [{ ...scanned, canaries: 0, canariesFound: 0 }] }, 'its canaries'],
    ['a folder that nobody scanned', { opened, scanned: [] }, 'was not scanned'],
    ['nothing scanned at all', { opened: [], scanned: [] }, 'no state of it was scanned'],
    ['an empty folder', { opened, scanned: [{ ...scanned, files: 12 }] }, 'no state of it was scanned'],
  ])('are not in order with %s', (_, ledger, text) => {
    expect(faultsOf(ledger, must).join()).toContain(text);
  });
});

describe('the end of a run', () => {
  const kept = [ledgerVariable, 'TMPDIR'].map((name) => [name, process.env[name]] as const);
  let folder: string;
  let end: () => void;

  beforeEach(() => {
    Reflect.deleteProperty(process.env, ledgerVariable);
    // This file itself: it has run tests, and it opens state folders.
    const module = {
      moduleId: import.meta.filename,
      children: { allTests: (state: string) => (state === 'passed' ? [{}] : []) },
    };
    const project = { vitest: { state: { getTestModules: () => [module] } } } as unknown as TestProject;
    end = setup(project) ?? (() => undefined);
    folder = tmpdir();
  });
  afterEach(async () => {
    for (const [name, value] of kept) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    await rm(folder, { recursive: true, force: true });
    await rm(`${folder}.ledger`, { force: true });
  });

  it('is well when each state folder was closed, and leaves nothing', async () => {
    const state = await openStateFolder('state');
    writeFileSync(join(state.path, 'journal'), 'nothing secret');
    await state.close();
    end();
    expect(() => readdirSync(folder)).toThrow();
  });

  it('fails on a secret in a state folder, which its own suite hears of first', async () => {
    const state = await openStateFolder('state');
    mkdirSync(join(state.path, 'logs'));
    writeFileSync(join(state.path, 'logs', 'host.log'), token);
    await expect(state.close()).rejects.toThrow('logs/host.log');
    expect(end).toThrow('a bearer token in logs/host.log');
  });

  it('fails on a secret that any suite has left in a temporary file', async () => {
    const state = await openStateFolder('state');
    writeFileSync(join(state.path, 'journal'), 'nothing secret');
    await state.close();
    writeFileSync(join(folder, 'note.txt'), token);
    expect(end).toThrow('a bearer token is left in');
  });

  it('fails when nothing was scanned', () => {
    expect(end).toThrow('no state of it was scanned');
  });

  it('fails on a state folder that was never closed', async () => {
    await openStateFolder('state');
    expect(end).toThrow('was not scanned');
  });
});
