import {
  appendFileSync,
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ICruiseResult } from 'dependency-cruiser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cruiseSources, layerConfig } from './support/cruise.js';

const sources = globSync('src/**/*.ts').sort();
const ownFiles = globSync(['{src,test,scripts,docs,.ci}/**/*', '*.{md,json,mjs,cjs,ts}'], {
  withFileTypes: true,
})
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name));

function cruisedSources(result: ICruiseResult): string[] {
  return result.modules.map((module) => module.source).filter((source) => source.startsWith('src/'));
}

/** One violation as `rule: from -> to`. */
function violations(result: ICruiseResult): string[] {
  return result.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`);
}

describe('layers of the sources', () => {
  let result: ICruiseResult;
  beforeAll(async () => {
    result = await cruiseSources('.', layerConfig.forbidden);
  });

  it('checks every file of src, so that a silent checker cannot pass', () => {
    expect(sources.length).toBeGreaterThan(20);
    expect(cruisedSources(result).sort()).toEqual(sources);
  });

  it('finds run-time imports at all', () => {
    expect(result.summary.totalDependenciesCruised ?? 0).toBeGreaterThan(sources.length);
  });

  it('holds no import that its folder may not have', () => {
    expect(violations(result)).toEqual([]);
  });

  it('holds no file that nobody imports, counting type-only imports', async () => {
    const orphans = await cruiseSources(
      '.',
      [{ name: 'no-orphan', severity: 'error', from: { orphan: true, path: '^src/' }, to: {} }],
      true,
    );
    expect(cruisedSources(orphans).sort()).toEqual(sources);
    expect(violations(orphans)).toEqual([]);
  });
});

/** Each line plants one import that must be caught: the rule, the file that gets it, and what it imports. */
const planted = [
  ['layer-job', 'job/planted.ts', '../runtime/clock.js'],
  ['layer-plan', 'plan/planted.ts', '../record/refs.js'],
  ['layer-copy', 'copy/planted.ts', '../plan/segment.js'],
  ['layer-preflight', 'preflight/planted.ts', '../record/refs.js'],
  ['layer-storage', 'storage/planted.ts', '../record/refs.js'],
  ['layer-record', 'record/planted.ts', '../activities/contracts.js'],
  ['layer-report', 'report/planted.ts', '../activities/contracts.js'],
  ['layer-activities', 'activities/planted.ts', '../orchestrators/lane.js'],
  ['layer-orchestrators', 'orchestrators/planted.ts', '../record/refs.js'],
  ['layer-cli', 'cli/planted.ts', '../record/refs.js'],
  ['layer-localhost', 'localhost/planted.ts', '../record/refs.js'],
  ['layer-unknown-folder', 'job/planted-other.ts', '../helpers/planted.js'],
  ['product-without-localhost', 'functions/planted.ts', '../localhost/planted.js'],
  ['sdk-home-azure-storage-blob', 'plan/planted-blob.ts', '@azure/storage-blob'],
  ['sdk-home-azure-functions', 'activities/planted-functions.ts', '@azure/functions'],
  ['sdk-home-azure-identity', 'storage/planted-identity.ts', '@azure/identity'],
  ['sdk-home-durable-functions', 'record/planted-durable.ts', 'durable-functions'],
  ['sdk-home-commander', 'functions/planted-commander.ts', 'commander'],
  ['sdk-home-re2js', 'copy/planted-re2js.ts', 're2js'],
  ['product-without-dev-dependencies', 'functions/planted-azurite.ts', 'azurite'],
  ['orchestrators-reach-no-io', 'orchestrators/planted-direct.ts', 'node:fs'],
  ['pure-reach-no-io', 'plan/planted-net.ts', 'node:net'],
  ['no-cycle', 'job/planted-cycle.ts', './planted-cycle-back.js'],
  ['resolvable', 'job/planted-missing.ts', './nowhere.js'],
] as const;

describe('planted imports in a copy of the sources', () => {
  const root = mkdtempSync(join(tmpdir(), 'tranship-layers-'));
  let found: string[] = [];

  function plant(file: string, specifier: string): void {
    mkdirSync(dirname(join(root, 'src', file)), { recursive: true });
    writeFileSync(
      join(root, 'src', file),
      `import * as planted from '${specifier}';\nexport const used = planted;\n`,
    );
  }

  beforeAll(async () => {
    cpSync('src', join(root, 'src'), { recursive: true });
    cpSync('package.json', join(root, 'package.json'));
    symlinkSync(join(process.cwd(), 'node_modules'), join(root, 'node_modules'), 'dir');
    for (const [, file, specifier] of planted) plant(file, specifier);
    plant('helpers/planted.ts', '../job/status.js');
    plant('job/planted-cycle-back.ts', './planted-cycle.js');
    plant('job/planted-types.ts', '../job/status.js');
    writeFileSync(
      join(root, 'src/job/planted-types.ts'),
      "import type { Clock } from '../runtime/clock.js';\nexport type Used = Clock;\n",
    );
    // Reachable, not imported: two steps away from the orchestrators.
    appendFileSync(
      join(root, 'src/activities/contracts.ts'),
      "\nimport * as planted from 'node:https';\nexport const used = planted;\n",
    );
    found = violations(await cruiseSources(root, layerConfig.forbidden));
  });
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });

  it.each(planted)('%s catches src/%s importing %s', (rule, file) => {
    // A cycle is reported once, at either end.
    const where = `${rule}: src/${file.replace('.ts', '')}`;
    expect(found.filter((line) => line.startsWith(where))).not.toEqual([]);
  });

  it('orchestrators-reach-no-io catches what an import of an import brings', () => {
    expect(
      found.filter((line) =>
        /^orchestrators-reach-no-io: src\/orchestrators\/lane\.ts -> .*https/.test(line),
      ),
    ).not.toEqual([]);
  });

  it('lets type-only imports through', () => {
    expect(found.filter((line) => line.includes('planted-types'))).toEqual([]);
  });
});

describe('shape of the files', () => {
  it('keeps every file of src and test within 300 lines', () => {
    const long = globSync('{src,test}/**/*.ts')
      .map((file) => ({ file, lines: readFileSync(file, 'utf8').split('\n').length - 1 }))
      .filter(({ lines }) => lines > 300);
    expect(long).toEqual([]);
  });

  it('has no barrel file: nothing in src exports what another file defines', () => {
    const barrels = sources.filter((file) =>
      /^export\s+(type\s+)?(\*|\{[^}]*\})[^;]*\sfrom\s/m.test(readFileSync(file, 'utf8')),
    );
    expect(barrels).toEqual([]);
  });

  it('has one index only, the entry point', () => {
    expect(sources.filter((file) => file.endsWith('/index.ts'))).toEqual(['src/index.ts']);
  });

  it('names files in kebab-case', () => {
    expect(sources.filter((file) => !/^src(\/[a-z0-9-]+)+\.ts$/.test(file))).toEqual([]);
  });

  it('skips no test and leaves nothing for later', () => {
    const leftover = new RegExp(
      ['\\b(it|test|describe)\\.(sk', 'ip|on', 'ly|to', 'do)\\b|\\b(TO', 'DO|FIX', 'ME|XX', 'X)\\b'].join(''),
    );
    const files = globSync('{src,test}/**/*.ts');
    expect(files.filter((file) => leftover.test(readFileSync(file, 'utf8')))).toEqual([]);
  });

  it('stands on its own: no file names a place outside the project', () => {
    // Written in pieces, or this file would find itself.
    const outside = new RegExp(
      ['(^|[^A-Za-z0-9_.~-])/(wor', 'k|far', 'm)/|\\.libra', 'ry/|\\.\\./sha', 'red(?!-key)'].join(''),
      'm',
    );
    expect(ownFiles.filter((file) => file !== '.ci/run' && outside.test(readFileSync(file, 'utf8')))).toEqual(
      [],
    );
  });
});
