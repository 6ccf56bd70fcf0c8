import { hostAccount } from '../src/localhost/app-environment.js';
import type { JournalEntry } from '../src/localhost/cloud/journal.js';
import type { LocalRig } from '../test/support/local-rig.js';

/** What the cloud saw of one run. */
export interface CloudFigures {
  /** Requests of clients at the two accounts of the copy. */
  readonly requests: number;
  /** Requests at the account with the state of jobs. */
  readonly stateRequests: number;
  /** From the arrival of the first to the end of the last request at the two accounts. */
  readonly activeSeconds: number;
  /** Most requests that the destination had in hand at one time. */
  readonly mostInFlight: number;
}

/** Reads the journal since it was cleared. */
export async function readCloudFigures(rig: LocalRig): Promise<CloudFigures> {
  const query = 'journal?service=blob&internal=false&limit=50000';
  const { entries } = (await rig.admin('GET', query)) as unknown as { entries: readonly JournalEntry[] };
  const counts = (await rig.admin('GET', 'journal/summary?service=blob&internal=false')) as unknown as {
    counts: readonly { readonly account: string; readonly count: number }[];
  };
  const requests = (own: boolean): number =>
    counts.counts
      .filter(({ account }) => (account === hostAccount) === own)
      .reduce((sum, { count }) => sum + count, 0);
  const copies = entries.filter(({ account }) => account !== hostAccount);
  const ends = copies.map(({ timeMs, durationMs = 0 }) => timeMs + durationMs);
  const first = copies.reduce((least, { timeMs }) => Math.min(least, timeMs), Infinity);
  const last = ends.reduce((most, end) => Math.max(most, end), -Infinity);
  return {
    requests: requests(false),
    stateRequests: requests(true),
    activeSeconds: Math.max(0, last - first) / 1000,
    mostInFlight: mostAtOnce(copies.filter(({ account }) => account === 'target')),
  };
}

function mostAtOnce(entries: readonly JournalEntry[]): number {
  const steps = entries
    .flatMap(({ timeMs, durationMs = 0 }) => [
      { at: timeMs, step: 1 },
      { at: timeMs + durationMs, step: -1 },
    ])
    .sort((a, b) => a.at - b.at || a.step - b.step);
  let now = 0;
  let most = 0;
  for (const { step } of steps) {
    now += step;
    most = Math.max(most, now);
  }
  return most;
}
