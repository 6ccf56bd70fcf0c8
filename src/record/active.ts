import type { Location } from '../job/account.js';
import type { StringMap } from '../job/operation.js';
import { overlaps } from '../job/overlap.js';
import { isTerminal } from '../job/status.js';
import type { StateEntry, StateStore } from '../storage/state-store.js';
import type { Board } from './board.js';
import { listAll } from './list-all.js';
import { stateNames } from './refs.js';

/** A job that has not ended, and its destination. */
export interface ActiveJob {
  readonly job: string;
  readonly destination: Location;
}

/**
 * How a job uses its destination. `exclusive`: it writes, and nobody else may. `shared`: it writes, whoever else does.
 * `none`: it does not write; the marker only says that the job has not ended.
 */
export type ClaimMode = 'exclusive' | 'shared' | 'none';

export type ClaimResult = { readonly ok: true } | { readonly ok: false; readonly holder: string };

/** A marker without a board is a start under way; after this time it is one that crashed. */
const startGraceMs = 10 * 60_000;

/**
 * Marks a job as not ended, with its destination; a timer looks after the jobs that are marked. An exclusive claim is
 * refused when another job that has not ended writes at an overlapping place. The marker is written before the others
 * are read, so two claims at once may both be refused, and are never both accepted. Markers of ended jobs are passed
 * over: the timer takes them away when the jobs hold nothing any more. Repeating a claim is safe. `holder` is the job itself when it holds a claim on another place.
 */
export async function claimDestination(
  state: StateStore,
  claim: ActiveJob & { readonly nowMs: number; readonly mode?: ClaimMode },
): Promise<ClaimResult> {
  const { job, destination, mode = 'exclusive' } = claim;
  const written = await state.put(stateNames.activeJob(job), '', {
    condition: { ifAbsent: true },
    metadata: metadataOf(destination, mode),
  });
  for await (const entry of listAll(state, stateNames.active)) {
    const marker = markerOf(entry);
    if (marker.job === job) {
      if (isSame(marker.destination, destination)) continue;
      const isCrashed = (await endOf(state, job, claim.nowMs - Date.parse(entry.lastModified))) === 'crashed';
      if (!isCrashed) return { ok: false, holder: job };
      await state.put(entry.name, '', { metadata: metadataOf(destination, mode) });
      continue;
    }
    if (mode !== 'exclusive' || !isWriter(entry) || !overlaps(marker.destination, destination)) continue;
    const end = await endOf(state, marker.job, claim.nowMs - Date.parse(entry.lastModified));
    if (end === 'crashed') await state.delete(entry.name);
    if (end !== undefined) continue;
    if (written !== undefined) await state.delete(stateNames.activeJob(job));
    return { ok: false, holder: marker.job };
  }
  return { ok: true };
}

/** Gives the destination free. No error when there is no claim. */
export async function releaseDestination(state: StateStore, job: string): Promise<void> {
  await state.delete(stateNames.activeJob(job));
}

/** The place that a job claims or has claimed; undefined without a marker. One request. */
export async function readClaim(state: StateStore, job: string): Promise<Location | undefined> {
  const name = stateNames.activeJob(job);
  const marker = await state.get(name);
  return marker === undefined ? undefined : markerOf({ ...marker, name }).destination;
}

/** Every marker that is there, also those of jobs that have just ended. */
export async function* listActive(state: StateStore): AsyncGenerator<ActiveJob> {
  for await (const entry of listAll(state, stateNames.active)) yield markerOf(entry);
}

/** A job that is over, or a start that crashed; undefined for one that goes on. */
async function endOf(state: StateStore, job: string, ageMs: number): Promise<'over' | 'crashed' | undefined> {
  const blob = await state.get(stateNames.board(job));
  if (blob === undefined) return ageMs > startGraceMs ? 'crashed' : undefined;
  return isTerminal((JSON.parse(blob.body.toString('utf8')) as Board).status) ? 'over' : undefined;
}

function isSame(left: Location, right: Location): boolean {
  return (
    left.account === right.account &&
    left.service === right.service &&
    left.container === right.container &&
    left.prefix === right.prefix
  );
}

/** Metadata values are header values: encoded, and never empty. */
function metadataOf(destination: Location, mode: ClaimMode): StringMap {
  const encode = (text: string): string => `_${Buffer.from(text, 'utf8').toString('base64url')}`;
  return {
    mode,
    ...(destination.service === undefined ? {} : { service: destination.service }),
    account: encode(destination.account),
    container: encode(destination.container),
    prefix: encode(destination.prefix),
  };
}

function isWriter(entry: StateEntry): boolean {
  return entry.metadata['mode'] !== 'none';
}

function markerOf(entry: Pick<StateEntry, 'name' | 'metadata'>): ActiveJob {
  const decode = (text: string | undefined): string =>
    Buffer.from((text ?? '').slice(1), 'base64url').toString('utf8');
  return {
    job: entry.name.slice(stateNames.active.length),
    destination: {
      account: decode(entry.metadata['account']),
      ...(entry.metadata['service'] === 'files' ? { service: 'files' as const } : {}),
      container: decode(entry.metadata['container']),
      prefix: decode(entry.metadata['prefix']),
    },
  };
}
