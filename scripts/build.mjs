// Transpiles src to dist, file by file: fast enough to run before every start and test. Types are checked by `npm run types`.
import { build } from 'esbuild';
import { existsSync, globSync, renameSync, rmSync } from 'node:fs';

// Built aside and put in place at the end, so that a build beside a running host takes nothing away from it for long.
const draft = `dist.${String(process.pid)}`;
const before = `${draft}.before`;
await build({
  entryPoints: globSync('src/**/*.ts'),
  outdir: draft,
  outbase: 'src',
  format: 'esm',
  platform: 'node',
  target: 'node22',
  sourcemap: true,
  logLevel: 'warning',
});
if (existsSync('dist')) renameSync('dist', before);
renameSync(draft, 'dist');
rmSync(before, { recursive: true, force: true });
