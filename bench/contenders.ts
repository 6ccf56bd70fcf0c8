import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageDirectory } from '../src/localhost/package-layout.js';
import { azcopySummary, type ForeignClients } from '../test/support/foreign-clients.js';
import { startProcess, usageOf, type Ended } from '../test/support/foreign-process.js';
import type { LocalRig } from '../test/support/local-rig.js';
import type { BareTask } from './bare-client.js';
import type { Task } from './task.js';

/** What one run took, as its process tells; the cloud tells the rest. */
export interface Run {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
}

export interface World {
  readonly rig: LocalRig;
  readonly foreign: ForeignClients;
}

/** Somebody who copies a task into an empty container. Rejects when not all was copied. */
export interface Contender {
  readonly name: string;
  readonly tasks: readonly Task['name'][];
  run(world: World, task: Task, container: string): Promise<Run>;
}

const mebibyte = 2 ** 20;
/** As many requests as one lane of Tranship may have in flight. */
const floorInFlight = 64;
/** AzCopy's own bound: ten connections a processor, here two. */
const azcopyInFlight = 20;
const blockBytes = { tranship: 64 * mebibyte, azcopy: 8 * mebibyte };

function ofProcess(ended: Ended, ok: boolean): Run {
  if (!ok) throw new Error(`${ended.stdout.slice(-2000)}${ended.stderr.slice(-2000)}`);
  return {
    wallSeconds: ended.tookMs / 1000,
    cpuSeconds: ended.cpuSeconds,
    peakRssBytes: ended.peakRssBytes,
  };
}

/** Writing 5 there makes Linux measure the peak from now on. */
function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${String(pid)}/clear_refs`, '5');
}

const tranship: Contender = {
  name: 'Tranship',
  tasks: ['small', 'large'],
  run: async ({ rig }, task, container) => {
    const pid = rig.local.localJson.processes.host;
    forgetPeak(pid);
    const before = usageOf(pid);
    const startedAtMs = Date.now();
    const id = await rig.startJob({
      source: rig.url('source', task.sourceContainer),
      destination: rig.url('target', container),
    });
    // Each look costs the host some work; the job itself says when it ended.
    const job = await rig.settled(id, 900_000, 1000);
    const after = usageOf(pid);
    if (job.status !== 'Completed' || job.counts.copied !== task.objects || !before || !after) {
      throw new Error(JSON.stringify(job));
    }
    return {
      wallSeconds: (Date.parse(job.finishedAt ?? '') - startedAtMs) / 1000,
      cpuSeconds: after.cpuSeconds - before.cpuSeconds,
      peakRssBytes: after.peakRssBytes,
    };
  },
};

async function tokenOf(rig: LocalRig): Promise<string> {
  const { identityEndpoint, identityHeader } = rig.local.identity;
  const query = new URLSearchParams({ resource: 'https://storage.azure.com', 'api-version': '2019-08-01' });
  const reply = await fetch(`${identityEndpoint}?${query.toString()}`, {
    headers: { 'x-identity-header': identityHeader },
  });
  return ((await reply.json()) as { access_token: string }).access_token;
}

async function runBare(world: World, task: BareTask): Promise<Run> {
  const entry = join(packageDirectory, 'node_modules', '.cache', 'bench', 'bare-client.mjs');
  const { ended } = startProcess(process.execPath, [entry], {
    NODE_EXTRA_CA_CERTS: world.rig.local.localJson.caFile,
    BARE_TASK: JSON.stringify(task),
  });
  const end = await ended;
  return ofProcess(end, end.exitCode === 0);
}

const floor: Contender = {
  name: 'floor: copy requests only',
  tasks: ['small', 'large'],
  run: async (world, task, container) =>
    runBare(world, {
      sourceUrl: world.rig.url('source', task.sourceContainer),
      targetUrl: world.rig.url('target', container),
      sourceSas: '',
      targetSas: '',
      token: await tokenOf(world.rig),
      objects: task.objects,
      inFlight: floorInFlight,
      head: false,
      ...(task.name === 'large'
        ? { blocks: { sizeBytes: task.sizeBytes, blockSizeBytes: blockBytes.tranship } }
        : {}),
    }),
};

const azcopyCeiling: Contender = {
  name: 'copy and HEAD by SAS',
  tasks: ['small', 'large'],
  run: (world, task, container) =>
    runBare(world, {
      sourceUrl: world.rig.url('source', task.sourceContainer),
      targetUrl: world.rig.url('target', container),
      sourceSas: world.foreign.sas('source'),
      targetSas: world.foreign.sas('target'),
      objects: task.objects,
      inFlight: azcopyInFlight,
      head: true,
      ...(task.name === 'large'
        ? { blocks: { sizeBytes: task.sizeBytes, blockSizeBytes: blockBytes.azcopy } }
        : {}),
    }),
};

const azcopy: Contender = {
  name: 'AzCopy 10.32.2',
  tasks: ['small', 'large'],
  run: async ({ foreign }, task, container) => {
    const ended = await foreign.azcopy(
      ...['copy', foreign.url('source', task.sourceContainer), foreign.url('target', container)],
      ...['--from-to=BlobBlob', '--recursive'],
    );
    const done = Number(azcopySummary(ended).TransfersCompleted);
    return ofProcess(ended, ended.exitCode === 0 && done === task.objects);
  },
};

/** For small objects only: for large ones it asks for an asynchronous copy, which the emulator does without moving bytes. */
const rclone: Contender = {
  name: 'rclone 1.60.1',
  tasks: ['small'],
  run: async ({ foreign }, task, container) => {
    const ended = await foreign.rclone(
      ...['copy', `source:${task.sourceContainer}`, `target:${container}`],
      ...['--server-side-across-configs', `--transfers=${String(floorInFlight)}`, '--checkers=16'],
    );
    return ofProcess(ended, ended.exitCode === 0);
  },
};

/** Everybody, in the order of the first round. */
export const contenders: readonly Contender[] = [tranship, floor, azcopy, azcopyCeiling, rclone];
