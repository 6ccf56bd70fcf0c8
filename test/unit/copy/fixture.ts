import type { CopyContext, PlannedBlock } from '../../../src/copy/context.js';
import { createTagKeeper } from '../../../src/copy/tag-keeper.js';
import type { PreserveMode } from '../../../src/job/job-spec.js';
import type { Operation } from '../../../src/job/operation.js';
import type { MemoryPut } from '../../support/memory-object.js';
import { createMemoryCloud } from '../../support/memory-store.js';
import type { MemoryAccount, MemoryCloud } from '../../support/memory-store.js';
import { createStepClock } from '../../support/step-clock.js';
import type { StepClock } from '../../support/step-clock.js';

export const mebibyte = 1024 * 1024;

/** Two accounts, one container each, and what settling an object between them needs. */
export interface Fixture {
  readonly clock: StepClock;
  readonly cloud: MemoryCloud;
  readonly source: MemoryAccount;
  readonly destination: MemoryAccount;
  readonly notes: string[];
  readonly results: string[];
  readonly abort: AbortController;
  readonly context: (changes?: Partial<CopyContext>) => CopyContext;
  /** Puts an object at the source and plans its copy as the scan would. */
  readonly plan: (key: string, object?: MemoryPut, changes?: Partial<Operation>) => Operation;
}

/** Blocks of 64 MiB whose ids name the version of the source. */
export function planBlocks(operation: Operation, blockBytes = 64 * mebibyte): readonly PlannedBlock[] {
  return Array.from({ length: Math.ceil(operation.sizeBytes / blockBytes) }, (_, index) => ({
    id: Buffer.from(`${operation.etag}-${String(index).padStart(5, '0')}`).toString('base64'),
    offset: index * blockBytes,
    sizeBytes: Math.min(blockBytes, operation.sizeBytes - index * blockBytes),
  }));
}

export function createFixture(tags: PreserveMode = 'auto'): Fixture {
  const clock = createStepClock();
  const cloud = createMemoryCloud({ clock });
  const source = cloud.account('from');
  const destination = cloud.account('to');
  source.addContainer('c');
  destination.addContainer('d');
  const notes: string[] = [];
  const results: string[] = [];
  const abort = new AbortController();
  const base: CopyContext = {
    pair: {
      sourceContainer: 'c',
      listPrefix: 'in/',
      sourceBase: 'in/',
      destinationContainer: 'd',
      destinationBase: 'out/',
    },
    source: source.store('source').container('c'),
    destination: destination.store('destination').container('d'),
    settings: {
      tier: 'auto',
      preserveProperties: true,
      preserveMetadata: true,
      singleShotBytes: 256 * mebibyte,
    },
    tags: createTagKeeper(tags, (warning) => notes.push(warning)),
    clock,
    signal: abort.signal,
    since: new Date(clock.now()).toISOString(),
    rerun: false,
    planBlocks: (operation) => planBlocks(operation),
    onResult: (result) => results.push(result),
  };
  return {
    clock,
    cloud,
    source,
    destination,
    notes,
    results,
    abort,
    context: (changes) => ({ ...base, ...changes }),
    plan: (key, object = {}, changes = {}) => {
      const etag = source.put('c', `in/${key}`, object);
      const put = source.object('c', `in/${key}`);
      if (put === undefined) throw new Error('the object was just put');
      return {
        action: 'copy',
        pair: 0,
        key,
        reason: 'new',
        sizeBytes: put.sizeBytes,
        etag,
        lastModified: new Date(put.lastModifiedMs).toISOString(),
        ...(put.md5 === undefined ? {} : { md5: put.md5 }),
        ...(put.tier === undefined ? {} : { tier: put.tier }),
        ...(Object.keys(put.tags).length === 0 ? {} : { tags: put.tags }),
        ...changes,
      };
    },
  };
}
