import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hostAccount } from '../../src/localhost/app-environment.js';
import type { FaultRule } from '../../src/localhost/cloud/faults.js';
import { openContainer, type DemoContainer } from '../../src/localhost/demo/account.js';
import { isTerminal } from '../../src/job/status.js';
import { settledCount } from '../../src/job/outcome.js';
import type { JobView } from '../../src/report/job-view.js';
import { numbered, type LocalRig } from './local-rig.js';
import type { SeededRandom } from './seeded-random.js';

const mebibyte = 2 ** 20;

/** A container on both sides, and the request that copies the one to the other. */
export interface ChaosPair {
  readonly from: DemoContainer;
  readonly to: DemoContainer;
  readonly small: readonly string[];
  /** Six blocks each. */
  readonly inBlocks: readonly string[];
  readonly blockBytes: number;
  readonly request: Readonly<Record<string, unknown>> & { readonly maxInFlight: number };
}

/** Fills a source with small objects and with objects of six blocks, of 1 MiB unless told otherwise. */
export async function fillPair(
  rig: LocalRig,
  name: string,
  counts: { readonly small: number; readonly inBlocks: number; readonly blockBytes?: number },
): Promise<ChaosPair> {
  const [from, to] = [await rig.container('source', name), await rig.container('target', name)];
  const { blockBytes = mebibyte } = counts;
  const small = numbered(counts.small);
  await rig.fill(from, small);
  const inBlocks = numbered(counts.inBlocks, 'blocks/');
  for (const key of inBlocks) {
    const content = patterned(key, 6 * blockBytes);
    await from.blob(key).upload(content, content.length);
  }
  const request = {
    source: rig.url('source', name),
    destination: rig.url('target', name),
    singleShotBytes: mebibyte,
    blockSizeBytes: blockBytes,
    maxInFlight: 8,
  };
  return { from, to, small, inBlocks, blockBytes, request };
}

/** Bytes of which every 16 differ from those of any other object. */
function patterned(key: string, sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  for (let offset = 0; offset < bytes.length; offset += mebibyte) {
    bytes.fill(`${key} ${String(offset)} `.padEnd(32), offset, offset + mebibyte);
  }
  return bytes;
}

/** Names that are not equal on both sides by length and MD5; objects in blocks are compared byte by byte. */
export async function unequalNames(rig: LocalRig, pair: ChaosPair): Promise<readonly string[]> {
  const [source, target] = await Promise.all([rig.list(pair.from), rig.list(pair.to)]);
  const unequal: string[] = [...target.keys()].filter((key) => !source.has(key));
  for (const [key, { properties }] of source) {
    const copy = target.get(key)?.properties;
    const same =
      copy?.contentLength === properties.contentLength &&
      Buffer.from(copy?.contentMD5 ?? []).equals(Buffer.from(properties.contentMD5 ?? []));
    if (!same) unequal.push(key);
  }
  for (const key of pair.inBlocks) {
    if (!target.has(key)) continue;
    const bytes = await pair.to.blob(key).downloadToBuffer();
    if (!bytes.equals(patterned(key, bytes.length))) unequal.push(`${key}, byte by byte`);
  }
  return unequal;
}

/** What a job must be true of whatever happened: each planned object once in the report, and the sums. */
export async function brokenCounts(rig: LocalRig, job: JobView): Promise<readonly string[]> {
  const lines = await rig.report(job.id);
  const names = new Set(lines.map(({ key }) => key));
  const { counts } = job;
  const broken: string[] = [];
  if (!isTerminal(job.status)) broken.push(`the job is ${job.status}`);
  if (settledCount(counts) !== counts.planned) broken.push(`the counts do not add up`);
  if (names.size !== lines.length || lines.length !== counts.planned) {
    broken.push(
      `${String(lines.length)} lines, ${String(names.size)} names, ${String(counts.planned)} planned`,
    );
  }
  const copied = lines.filter(({ outcome }) => outcome === 'copied').length;
  if (copied !== counts.copied)
    broken.push(`${String(copied)} lines say copied, the job ${String(counts.copied)}`);
  return broken;
}

/** Segments of a job with their ETags: what was there before must be there unchanged, and none may be missing between. */
export class SegmentEye {
  readonly #seen = new Map<string, string>();
  readonly changed: string[] = [];
  readonly #rig: LocalRig;
  readonly #job: string;

  constructor(rig: LocalRig, job: string) {
    this.#rig = rig;
    this.#job = job;
  }

  async look(): Promise<number> {
    const { client } = openContainer(this.#rig.local.localJson, hostAccount, 'tranship');
    const now = new Map<string, string>();
    for await (const item of client.listBlobsFlat({ prefix: `jobs/${this.#job}/segments/` })) {
      now.set(item.name, item.properties.etag);
    }
    for (const [name, etag] of this.#seen) if (now.get(name) !== etag) this.changed.push(name);
    for (const [name, etag] of now) this.#seen.set(name, etag);
    [...now.keys()].forEach((name, index) => {
      if (!name.endsWith(`000-${String(index).padStart(8, '0')}`))
        this.changed.push(`${name} is out of order`);
    });
    return now.size;
  }
}

/** Everything that the task hub knows goes; the host must be down. */
export function deleteTaskHub(rig: LocalRig): Promise<void> {
  const folder = join(rig.local.localJson.stateDirectory, 'host', 'durable');
  return rm(folder, { recursive: true });
}

/** Changes one byte of the journal, before sound records: it cannot be told what was lost. The host must be down. */
export async function damageTaskHub(rig: LocalRig, random: SeededRandom): Promise<void> {
  const file = join(rig.local.localJson.stateDirectory, 'host', 'durable', 'journal.jsonl');
  const journal = await readFile(file);
  const at = random.between(Math.floor(journal.length / 4), Math.floor(journal.length / 2));
  journal[at] = (journal[at] ?? 0) ^ 1;
  await writeFile(file, journal);
}

/** Fires the timer that looks for dead runs, again and again, until it is over; a minute at most. */
export async function supervise(rig: LocalRig, isOver: () => Promise<boolean>): Promise<void> {
  const deadlineMs = Date.now() + 60_000;
  while (!(await isOver())) {
    if (Date.now() > deadlineMs) throw new Error('nobody took up the dead run for a minute');
    await fetch(`${rig.local.localJson.apiUrl}/admin/functions/supervise`, { method: 'POST' });
    await sleep(200);
  }
}

/** One rule for every fault that a service or a network can have, at places that the generator chooses. */
export function planFaultRules(random: SeededRandom, container: string): readonly FaultRule[] {
  const kinds: readonly FaultRule[] = [
    { status: 503, code: 'ServerBusy' },
    { status: 503, code: 'ServerBusy', headers: { 'Retry-After': '1' } },
    { status: 408, code: 'OperationTimedOut' },
    { status: 429, code: 'TooManyRequests', headers: { 'Retry-After': '1' } },
    { status: 500, code: 'InternalError' },
    { status: 500, code: '' },
    { status: 502, code: '' },
    { status: 503, code: '' },
    { status: 504, code: '' },
    { reset: 'before' },
    { reset: 'after' },
    { delayMs: 1500 },
  ];
  const anywhere = kinds.map((kind) => {
    const single = random.chance(0.7);
    return {
      ...kind,
      container,
      operation: single ? 'PutBlobFromUrl' : 'PutBlockFromUrl',
      skip: random.between(0, single ? 40 : 4),
      times: random.between(1, 2),
    };
  });
  const commits: FaultRule = { container, operation: 'PutBlockList', reset: 'after', times: 2 };
  const expired: FaultRule = {
    container,
    operation: 'PutBlobFromUrl',
    status: 401,
    code: 'InvalidAuthenticationInfo',
    skip: random.between(0, 40),
    times: 1,
  };
  const lists: FaultRule = { container, operation: 'ListBlobs', truncateAfterBytes: 300, skip: 1, times: 1 };
  const state = (['PutBlob', 'GetBlob'] as const).map((operation): FaultRule => ({
    account: hostAccount,
    container: 'tranship',
    operation,
    reset: random.pick(['before', 'after'] as const),
    skip: random.between(0, 2),
    times: 1,
  }));
  const cut: FaultRule = {
    account: hostAccount,
    container: 'tranship',
    operation: 'GetBlob',
    truncateAfterBytes: 20,
    skip: random.between(3, 5),
    times: 1,
  };
  return [expired, ...anywhere, commits, lists, ...state, cut];
}
