// Makes what is deployed, in `bundle` and again as one archive: the app in one file, host.json, and a package.json that
// names it. See docs/deploy.md.
import { build } from 'esbuild';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipOf } from './zip.mjs';

const folder = process.argv[2] ?? 'bundle';
const { name, version, license, engines } = JSON.parse(readFileSync('package.json', 'utf8'));
const { outputFiles } = await build({
  entryPoints: ['src/index.ts'],
  bundle: true,
  // CommonJS: most packages inside are, and the worker hands out @azure/functions-core by its `require` alone.
  format: 'cjs',
  platform: 'node',
  target: 'node22',
  external: ['@azure/functions-core'],
  // CommonJS has no `import.meta`; a package inside (@azure/storage-common) makes a `require` of it.
  define: { 'import.meta.url': 'moduleUrl' },
  banner: { js: "const moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
  // Names stay: they are error names, and stacks in the log are read without a source map.
  minifySyntax: true,
  minifyWhitespace: true,
  lineLimit: 200,
  legalComments: 'none',
  outfile: join(folder, 'index.cjs'),
  write: false,
  logLevel: 'warning',
});
const manifest = { name, version, private: true, license, main: 'index.cjs', engines };
const entries = [
  { name: 'host.json', content: readFileSync('host.json') },
  { name: 'package.json', content: Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`) },
  ...outputFiles.map(({ contents }) => ({ name: 'index.cjs', content: Buffer.from(contents) })),
];
for (const old of ['node_modules', 'package-lock.json']) {
  rmSync(join(folder, old), { recursive: true, force: true });
}
mkdirSync(folder, { recursive: true });
for (const entry of entries) writeFileSync(join(folder, entry.name), entry.content);
const archive = zipOf(entries);
writeFileSync(`${folder}.zip`, archive);
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(2)} MB`;
const sizeBytes = entries.reduce((sum, { content }) => sum + content.length, 0);
console.log(`${folder}: ${megabytes(sizeBytes)} in 3 files; ${folder}.zip: ${megabytes(archive.length)}`);
