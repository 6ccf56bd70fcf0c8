// Bundles the benchmark and runs it with the given options, against a fresh build of the product.
import { spawnSync } from 'node:child_process';
import { build } from 'esbuild';
import { dirname, join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const outdir = join(root, 'node_modules', '.cache', 'bench');

/** The product stays what it is in dist: only the benchmark's own files are bundled. */
const productFromDist = {
  name: 'product-from-dist',
  setup: (bundle) => {
    bundle.onResolve({ filter: /^\.\.?\// }, ({ path, importer }) => {
      const inside = relative(join(root, 'src'), resolve(dirname(importer), path));
      return inside.startsWith('..') ? undefined : { path: join(root, 'dist', inside), external: true };
    });
  },
};

await build({
  entryPoints: [join(root, 'bench', 'main.ts'), join(root, 'bench', 'bare-client.ts')],
  outdir,
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node22',
  outExtension: { '.js': '.mjs' },
  logLevel: 'warning',
  plugins: [productFromDist],
});

const words = ['--enable-source-maps', join(outdir, 'main.mjs'), ...process.argv.slice(2)];
const { status } = spawnSync(process.execPath, words, { stdio: 'inherit' });
process.exitCode = status ?? 1;
