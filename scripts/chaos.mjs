// Seeded chaos over whole jobs in memory: npm run test:chaos -- --minutes 20 | --seed 17 | --plant counter
// Each seed picks its direction, but for: --from-to BlobBlob | BlobFile | FileBlob | FileFile
// On the real local host, killed 40 times over one job with objects up to 1,088 MiB, in minutes:
//   npm run test:chaos -- --kills 40 --seed 7
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { bundleChaos, plants } from '../test/support/chaos-bundle.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    seed: { type: 'string' },
    plant: { type: 'string' },
    kills: { type: 'string' },
    'from-to': { type: 'string' },
  },
});
if (values.kills !== undefined) {
  const env = { ...process.env, TRANSHIP_CHAOS_KILLS: values.kills, TRANSHIP_CHAOS_SEED: values.seed ?? '1' };
  const build = spawnSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
  const args = [
    'node_modules/vitest/vitest.mjs',
    'run',
    'test/chaos/local.test.ts',
    '-t',
    'killed again and again',
  ];
  process.exit(build.status || spawnSync(process.execPath, args, { stdio: 'inherit', env }).status);
}
const services = { Blob: 'blob', File: 'files' };
const fromTo =
  values['from-to'] === undefined ? undefined : /^(Blob|File)(Blob|File)$/.exec(values['from-to']);
if (fromTo === null) throw new Error('--from-to is BlobBlob, BlobFile, FileBlob or FileFile');
const direction =
  values.plant !== undefined
    ? plants[values.plant].direction
    : fromTo && { source: services[fromTo[1]], target: services[fromTo[2]] };
const { searchSeeds } = await bundleChaos(values.plant);
const one = values.seed !== undefined && values.minutes === undefined;
const firstSeed = Number(values.seed ?? Date.now() % 2 ** 31);
console.log(`first seed ${firstSeed}${values.plant === undefined ? '' : `, with the bug "${values.plant}"`}`);
const result = await searchSeeds({
  firstSeed,
  maxSeeds: one ? 1 : Infinity,
  maxMs: Number(values.minutes ?? 1) * 60_000,
  stopAtFirst: values.plant !== undefined,
  ...(direction === undefined ? {} : { direction }),
  print: (line) => {
    const flags = ['plant', 'from-to'].flatMap((name) =>
      values[name] === undefined ? [] : [` --${name} ${values[name]}`],
    );
    console.log(line.includes('repeat it') ? line + flags.join('') : line);
  },
});
const { broken, minutes, ...figures } = result;
console.log(JSON.stringify({ ...figures, minutes: Number(minutes.toFixed(2)), broken: broken.length }));
const expected = values.plant === undefined ? broken.length === 0 : broken.length > 0;
process.exit(expected ? 0 : 1);
