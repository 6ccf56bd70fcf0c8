import { Retry } from '../copy/retry.js';
import { isCopyError } from '../job/copy-error.js';
import type { StringMap } from '../job/operation.js';
import { isTerminal } from '../job/status.js';
import type { JobRecord } from '../record/job-record.js';
import { readBoard } from '../record/jobs.js';
import type { Clock } from '../runtime/clock.js';
import type { StateStore } from '../storage/state-store.js';
import type { AccountStore, OwnSnapshot } from '../storage/store.js';

/** True when the job's reads are all from snapshots that it takes. A dry run takes none: it reads what is there. */
export function wantsSnapshots({ spec }: JobRecord): boolean {
  return spec.consistency === 'snapshot' && !spec.dryRun;
}

export interface SnapshotParts {
  readonly record: JobRecord;
  readonly source: AccountStore;
  readonly state: StateStore;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * A snapshot of each container, its time by the container's name. Taking one cannot be made conditional, so each bears the
 * job's id: one that an earlier try took, and did not live to tell of, is found in the listing and used. Two tries at once
 * may take two; what the job stores first is what it reads, and {@link dropStrays} deletes the other. Deletes on the way what
 * jobs that are over have left in these containers. Throws `CopyError`.
 */
export async function takeSnapshots(parts: SnapshotParts, containers: Iterable<string>): Promise<StringMap> {
  const { record, source, signal } = parts;
  const taken: Record<string, string> = {};
  for (const container of new Set(containers)) {
    const found = await listSnapshots(parts, container);
    const own = found.filter(({ job }) => job === record.id).map(({ time }) => time);
    taken[container] =
      own.sort().at(-1) ??
      (await new Retry(parts).write(() => source.createSnapshot(container, record.id, signal)));
    await dropLeftOvers(
      parts,
      found.filter(({ job }) => job !== record.id),
    );
  }
  return taken;
}

/**
 * Deletes every snapshot that the job has taken, also those it does not know of. Nothing, and no request, for a job that
 * takes none. Repeating it is safe. Throws `CopyError`.
 */
export async function dropSnapshots(parts: SnapshotParts): Promise<void> {
  const { record, source, signal } = parts;
  if (!wantsSnapshots(record)) return;
  const { container } = record.spec.source.location;
  const found = await listSnapshots(parts, container);
  for (const { time, container: of } of found.filter(({ job }) => job === record.id)) {
    await new Retry(parts).write(() => source.deleteSnapshot(of, time, signal));
  }
}

/**
 * Deletes what this try has taken and nobody will read: another try's snapshots stand in the pairs, or the job was over
 * before this one came to it. Whoever reads finds what the pairs name. What cannot be deleted is left to the job's end,
 * and after that to the next job from this source. Throws no `CopyError`.
 */
export async function dropStrays(
  parts: SnapshotParts,
  taken: StringMap,
  stored: StringMap,
  onLeft: (code: string) => void,
): Promise<void> {
  const strays = Object.entries(taken).filter(([container, time]) => stored[container] !== time);
  for (const [container, time] of strays) {
    try {
      await new Retry(parts).write(() => parts.source.deleteSnapshot(container, time, parts.signal));
    } catch (error) {
      if (!isCopyError(error)) throw error;
      onLeft(error.code);
    }
  }
}

/** Those of one container, or of all of them when its name is empty. */
async function listSnapshots(
  { source, clock, signal }: SnapshotParts,
  container: string,
): Promise<readonly OwnSnapshot[]> {
  const found: OwnSnapshot[] = [];
  let token: string | undefined;
  do {
    const options = { prefix: container, ...(token === undefined ? {} : { token }) };
    const page = await new Retry({ clock, signal }).read(() => source.listSnapshots(options, signal));
    found.push(...page.snapshots);
    token = page.next;
  } while (token !== undefined);
  return container === '' ? found : found.filter((snapshot) => snapshot.container === container);
}

/** A job of another installation has no board here, and keeps what is its own. */
async function dropLeftOvers(parts: SnapshotParts, found: readonly OwnSnapshot[]): Promise<void> {
  const { source, state, signal } = parts;
  for (const { container, time, job } of found) {
    const board = (await readBoard(state, job))?.board;
    if (board === undefined || !isTerminal(board.status)) continue;
    await new Retry(parts).write(() => source.deleteSnapshot(container, time, signal));
  }
}
