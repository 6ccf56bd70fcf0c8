// The benchmark: Tranship beside AzCopy, rclone and bare clients, in turn, on the same local cloud. See docs/benchmark.md.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { ForeignClients } from '../test/support/foreign-clients.js';
import { LocalRig } from '../test/support/local-rig.js';
import { readCloudFigures } from './cloud-figures.js';
import { contenders, type Contender, type World } from './contenders.js';
import { fillLarge, fillSmall } from './fill.js';
import { measureMemory } from './memory.js';
import { measureReplication } from './replication.js';
import { ratioOf, ratioTable, taskTable } from './table.js';
import type { Sample, Task } from './task.js';

const { values } = parseArgs({
  options: {
    objects: { type: 'string', default: '5000' },
    mebibytes: { type: 'string', default: '1024' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: 'small,large' },
    with: { type: 'string', default: '' },
    quick: { type: 'boolean', default: false },
    memory: { type: 'string' },
    replication: { type: 'string' },
    rate: { type: 'string', default: '60' },
    profile: { type: 'string' },
    'node-options': { type: 'string', default: '' },
    out: { type: 'string' },
  },
});
const objects = values.quick ? 500 : Number(values.objects);
const mebibytes = values.quick ? 512 : Number(values.mebibytes);
const rounds = values.quick ? 1 : Number(values.rounds);

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function machine(): Record<string, unknown> {
  return {
    date: new Date().toISOString(),
    processors: cpus().length,
    model: cpus()[0]?.model,
    memoryGibibytes: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    loadAverage: loadavg(),
  };
}

let containers = 0;

async function runOnce(world: World, contender: Contender, task: Task, round: number): Promise<Sample> {
  containers += 1;
  const name = `${task.name}-${String(containers)}`;
  const container = await world.rig.container('target', name);
  await world.rig.clearJournal();
  const run = await contender.run(world, task, name);
  const cloud = await readCloudFigures(world.rig);
  await container.client.delete();
  say(
    `  ${contender.name}: ${run.wallSeconds.toFixed(2)} s, ${String(cloud.requests)} requests, at most ${String(cloud.mostInFlight)} in flight`,
  );
  return { task: task.name, contender: contender.name, round, ...run, ...cloud };
}

/** Everybody who can do the task, or those whose names begin with one of the words of `--with`. */
function takingPartIn(task: Task['name']): readonly Contender[] {
  const words = values.with.toLowerCase().split(',');
  return contenders.filter(
    ({ name, tasks }) =>
      tasks.includes(task) && words.some((word) => name.toLowerCase().startsWith(word.trim())),
  );
}

/** Each round begins with another contender, so that none has the best or the worst place every time. */
async function runTask(world: World, task: Task): Promise<readonly Sample[]> {
  const takingPart = takingPartIn(task.name);
  const samples: Sample[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    say(`${task.name}, round ${String(round)}`);
    const first = (round - 1) % takingPart.length;
    for (const contender of [...takingPart.slice(first), ...takingPart.slice(0, first)]) {
      samples.push(await runOnce(world, contender, task, round));
    }
  }
  return samples;
}

async function compare(world: World): Promise<Record<string, unknown>> {
  const tasks: Task[] = [];
  if (values.only.includes('small')) tasks.push(await fillSmall(world.rig, 'bench-small', objects));
  if (values.only.includes('large')) tasks.push(await fillLarge(world.rig, 'bench-large', mebibytes));
  const warmUp = await fillSmall(world.rig, 'bench-warm', 500);
  say('warming up');
  for (const contender of contenders.slice(0, 2)) await runOnce(world, contender, warmUp, 0);
  const results: Record<string, unknown> = {};
  for (const task of tasks) {
    const samples = await runTask(world, task);
    const [mine, ...others] = takingPartIn(task.name);
    const ratios = others.map(({ name }) => ratioOf(samples, mine?.name ?? '', name));
    results[task.name] = { task, samples, ratios };
    const title =
      task.name === 'small'
        ? `${String(task.objects)} objects of 4 KiB`
        : `one object of ${String(task.sizeBytes / 2 ** 20)} MiB`;
    process.stdout.write(`### ${title}\n\n${taskTable(task, samples)}\n\n${ratioTable(ratios)}\n\n`);
  }
  return results;
}

const profile = values.profile;
if (profile !== undefined) mkdirSync(profile, { recursive: true });
const nodeOptions = [
  values['node-options'],
  profile === undefined ? '' : `--cpu-prof --cpu-prof-dir=${profile}`,
].join(' ');
const settings = nodeOptions.trim() === '' ? {} : { NODE_OPTIONS: nodeOptions };
const started = machine();
const results = await measure();
if (values.out !== undefined) {
  writeFileSync(values.out, `${JSON.stringify({ machine: started, ...results }, null, 2)}\n`);
}

function measure(): Promise<object> {
  if (values.replication !== undefined) {
    return measureReplication(settings, Number(values.replication), Number(values.rate), say);
  }
  if (values.memory !== undefined) return measureMemory(settings, values.memory.split(',').map(Number), say);
  return compareOnOneCloud();
}

async function compareOnOneCloud(): Promise<Record<string, unknown>> {
  const rig = await LocalRig.start(settings);
  try {
    const foreign = await ForeignClients.open(rig.local.localJson);
    try {
      return await compare({ rig, foreign });
    } finally {
      await foreign.close();
    }
  } finally {
    await rig.stop();
  }
}
