import type { Operation } from '../job/operation.js';
import type { StateStore } from '../storage/state-store.js';
import type { LargeRef } from './board.js';
import { packLines, unpackLines } from './packed-lines.js';
import { stateNames } from './refs.js';

/** Stores a large object's new operation once and returns the one that stands. */
export async function writeReplanned(
  state: StateStore,
  job: string,
  object: LargeRef,
  generation: number,
  operation: Operation,
): Promise<Operation> {
  const { body } = await packLines([operation]);
  const name = stateNames.replanned(job, object, object.large, generation);
  const etag = await state.put(name, body, { condition: { ifAbsent: true } });
  if (etag !== undefined) return operation;
  return (await readReplanned(state, job, object, generation)) ?? operation;
}

/** The operation of a later generation, or undefined. */
export async function readReplanned(
  state: StateStore,
  job: string,
  object: LargeRef,
  generation: number,
): Promise<Operation | undefined> {
  const blob = await state.get(stateNames.replanned(job, object, object.large, generation));
  return blob === undefined ? undefined : ((await unpackLines(blob.body))[0] as Operation);
}
