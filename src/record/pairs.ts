import type { ContainerPair } from '../job/job-spec.js';
import type { StringMap } from '../job/operation.js';
import type { StateStore } from '../storage/state-store.js';
import { packLines, unpackLines } from './packed-lines.js';
import { stateNames } from './refs.js';

/** Which containers a job copies, and how they are shared out over scan groups. */
export interface Pairs {
  /** For each scan group, the indexes into `pairs` that it lists, in order. */
  readonly groups: readonly (readonly number[])[];
  readonly pairs: readonly ContainerPair[];
  /** Where index tags may be read; where not, they are left out. */
  readonly tags: { readonly source: boolean; readonly destination: boolean };
  /** Pairs whose destination container is not there and will be made; it is taken as empty. */
  readonly missingDestinations: readonly number[];
  /** For each source container the snapshot that all reads are from; absent: as they are now. */
  readonly snapshots?: StringMap;
}

/** Stores the pairs once and returns the ones that stand: operations refer to them by index for ever. */
export async function writePairs(state: StateStore, job: string, pairs: Pairs): Promise<Pairs> {
  const { body } = await packLines([pairs]);
  const etag = await state.put(stateNames.pairs(job), body, { condition: { ifAbsent: true } });
  if (etag !== undefined) return pairs;
  return (await readPairs(state, job)) ?? pairs;
}

/** The stored pairs, or undefined when the job was never prepared. One request. */
export async function readPairs(state: StateStore, job: string): Promise<Pairs | undefined> {
  const blob = await state.get(stateNames.pairs(job));
  return blob === undefined ? undefined : ((await unpackLines(blob.body))[0] as Pairs);
}
