// Run by Node itself, from scripts/chaos.mjs: it imports nothing of ours at run time.
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import type { Direction } from './chaos-direction.js';
import type * as Chaos from './chaos-main.js';

interface Plant {
  /** The direction whose jobs can show it. */
  readonly direction: Direction;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const blobs = { source: 'blob', target: 'blob' } as const;
const shares = { source: 'files', target: 'files' } as const;

/** Bugs that the suite must find: where each is planted, and what it takes the place of. */
export const plants: Readonly<Record<string, Plant>> = {
  /** Totals rise with every delivery, not with every unit. */
  counter: {
    direction: blobs,
    file: 'src/record/board-finish.ts',
    find: "  if (unit?.kind !== 'copy' && unit?.kind !== 'delete') return board;",
    replace: '  if (unit === undefined) return { ...board, totals: addTotals(board.totals, delta) };',
  },
  /** A commit that does not say what it replaces. */
  pin: {
    direction: blobs,
    file: 'src/copy/blocks.ts',
    find: '        pinOf(operation),',
    replace: '        {} as never,',
  },
  /** A file that is read-only before it is filled. */
  'read-only': {
    direction: shares,
    file: 'src/copy/copy-file.ts',
    find: '...(attributes === undefined || isReadOnly(attributes) ? {} : { attributes }),',
    replace: '...(attributes === undefined ? {} : { attributes }),',
  },
  /** Two workers that write into a share for one unit at the same time. */
  'take-over': {
    direction: shares,
    file: 'src/activities/sharing.ts',
    find: '    if (restMs <= 0) return;',
    replace: '    if (restMs <= takeoverMs) return;',
  },
  /** A job that leaves its share snapshot where it is. */
  snapshot: {
    direction: shares,
    file: 'src/activities/source-snapshots.ts',
    find: 'found.filter(({ job }) => job === record.id)) {',
    replace: 'found.filter(({ job }) => job === `${record.id}?`)) {',
  },
  /** Blocks of one version count as those of another. */
  'block-id': {
    direction: blobs,
    file: 'src/plan/block-plan.ts',
    find: 'JSON.stringify([job, key, etag, blockSizeBytes])',
    replace: "JSON.stringify([job, key, etag === '' ? 0 : 1, blockSizeBytes])",
  },
};

/**
 * Bundles the chaos suite and loads it, with a bug planted when one is named: planted code exists in that bundle only.
 * Throws for a plant that does not fit its source any more.
 */
export async function bundleChaos(plant?: string): Promise<typeof Chaos> {
  const outfile = resolve(`node_modules/.cache/chaos/${plant ?? 'main'}-${String(process.pid)}.mjs`);
  await build({
    entryPoints: ['test/support/chaos-main.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    sourcemap: 'inline',
    logLevel: 'warning',
    plugins: plant === undefined ? [] : [planting(plant)],
  });
  return import(/* @vite-ignore */ pathToFileURL(outfile).href) as Promise<typeof Chaos>;
}

function planting(name: string): Plugin {
  const plant = plants[name];
  if (plant === undefined) {
    throw new Error(`no such plant: ${name}; there are ${Object.keys(plants).join(', ')}`);
  }
  const file = resolve(plant.file);
  return {
    name: 'plant',
    setup: (builder) => {
      builder.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (path !== file) return undefined;
        const text = await readFile(path, 'utf8');
        if (text.split(plant.find).length !== 2) {
          throw new Error(`the plant ${name} does not fit ${plant.file}`);
        }
        return { contents: text.replace(plant.find, plant.replace), loader: 'ts' };
      });
    },
  };
}
