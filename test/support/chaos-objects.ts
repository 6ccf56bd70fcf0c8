import type { JobSpec } from '../../src/job/job-spec.js';
import type { SmbProperties } from '../../src/job/operation.js';
import type { ByteRange } from '../../src/storage/store.js';
import type { Direction } from './chaos-direction.js';
import { filesTime, type MemoryPut } from './memory-object.js';
import type { SeededRandom } from './seeded-random.js';

/** An object that is there before a job begins; the key of a directory ends in `/`. */
export interface PlannedObject {
  readonly key: string;
  readonly put: MemoryPut;
}

const mebibyte = 2 ** 20;
const old = '2020-01-01T00:00:00.000Z';
const folders = ['', '', 'a/', 'a/b/', 'z-ö/'];

/** MiB of medium and of large objects. What is filled by ranges of 4 MiB has fewer of them. */
const sizes = {
  blob: { medium: [257, 1024], large: [1025, 4000] },
  files: { medium: [5, 130], large: [1025, 1200] },
} as const;

/** What stands at the source: small, medium and large objects, in a share also sparse files and empty directories. */
export function planSources(
  random: SeededRandom,
  direction: Direction,
  spec: Partial<JobSpec>,
): readonly PlannedObject[] {
  const objects = new Map<string, MemoryPut>();
  const add = (count: number, name: string, size: () => number): void => {
    for (let index = 0; index < count; index += 1) {
      const key = `${random.pick(folders)}${name}${String(index).padStart(3, '0')}`;
      objects.set(key, planPut(random, key, size, direction));
    }
  };
  const { medium, large } = sizes[direction.target];
  add(random.pick([0, 3, 20, 60, 150]), 's', () => random.between(0, 5000));
  add(random.pick([0, 0, 1, 4]), 'm', () => random.between(medium[0], medium[1]) * mebibyte);
  add(random.pick([0, 1, 1, 3]), 'l', () => random.between(large[0], large[1]) * mebibyte);
  if (objects.size === 0) add(5, 's', () => 10);
  const directories = planDirectories(random, direction, spec);
  return [...objects, ...directories].map(([key, put]) => ({ key, put }));
}

function planPut(random: SeededRandom, key: string, size: () => number, { source }: Direction): MemoryPut {
  const noMd5 = random.chance(0.2);
  const sizeBytes = size();
  const put = {
    sizeBytes,
    content: `${key} v1`,
    lastModified: old,
    metadata: random.chance(0.2) ? { Owner: key.slice(-3) } : {},
  };
  if (source === 'blob') {
    const tags = random.chance(0.1) ? { project: 'x' } : {};
    return { ...put, tags, ...(noMd5 ? { md5: 'none' } : {}) };
  }
  const stored = sizeBytes > mebibyte ? planStored(random, sizeBytes) : undefined;
  const smb = planSmb(random);
  return { ...put, md5: 'none', smb, ...(stored === undefined ? {} : { stored }) };
}

/** Some files have no holes; others hold a little here and there. */
function planStored(random: SeededRandom, sizeBytes: number): readonly ByteRange[] | undefined {
  if (sizeBytes < 200 * mebibyte && random.chance(0.4)) return undefined;
  const stretch = Math.floor(sizeBytes / 12);
  return Array.from({ length: 12 }, (_, index) => index)
    .filter(() => random.chance(0.6))
    .map((index) => ({
      offset: index * stretch + random.between(0, 1000),
      sizeBytes: random.between(1, Math.min(stretch - 1000, 20 * mebibyte)),
    }));
}

function planSmb(random: SeededRandom): SmbProperties {
  const creationTime = filesTime(Date.UTC(2003, 1, random.between(1, 28), 4, 5, 6));
  const lastWriteTime = filesTime(Date.UTC(2013, 1, random.between(1, 28), 4, 5, 6));
  return {
    attributes: random.pick(['Archive', 'Archive', 'ReadOnly', 'ReadOnly | Hidden', 'Hidden | Archive']),
    creationTime,
    lastWriteTime,
    permissionKey: random.pick(['1*1', '2*2']),
  };
}

/** In a share they are there anyway. In a container, the empty blobs that stand for some, where they are asked for. */
function planDirectories(
  random: SeededRandom,
  { source }: Direction,
  { emptyDirectories }: Partial<JobSpec>,
): readonly (readonly [string, MemoryPut])[] {
  const keys = ['empty/', 'empty/within/', 'a/', 'a/empty/'].filter(() => random.chance(0.4));
  if (source === 'files') {
    const above = keys.includes('empty/within/') ? ['empty/'] : [];
    return [...new Set([...above, ...keys])].map((key) => [
      key,
      { sizeBytes: 0, md5: 'none', smb: { ...planSmb(random), attributes: 'Directory' } },
    ]);
  }
  if (emptyDirectories !== true) return [];
  return keys.map((key) => [key, { sizeBytes: 0, lastModified: old, metadata: { hdi_isfolder: 'true' } }]);
}

/** Copies of the source, others under the same names, and extras. */
export function planDestinations(
  random: SeededRandom,
  sources: readonly PlannedObject[],
  { target }: Direction,
): readonly PlannedObject[] {
  const share = random.pick([0, 0, 0.3, 0.8]);
  const there = sources.flatMap(({ key, put }) => {
    if (!random.chance(share)) return [];
    if (random.chance(0.6)) return [{ key, put: placed(target, { ...put, content: put.content ?? key }) }];
    if (key.endsWith('/')) return [];
    const before = { sizeBytes: (put.sizeBytes ?? 0) + 1, content: `${key} before`, lastModified: old };
    return [{ key, put: before }];
  });
  const extras = Array.from({ length: random.pick([0, 0, 3, 10]) }, (_, index) => ({
    key: `extra${String(index)}`,
    put: { sizeBytes: 5, content: `extra${String(index)}`, lastModified: old },
  }));
  return [...there, ...extras];
}

/** A blob has neither holes nor attributes of its own. */
function placed(target: Direction['target'], { smb, ...put }: MemoryPut): MemoryPut {
  return target === 'files' && smb !== undefined ? { ...put, smb } : put;
}
