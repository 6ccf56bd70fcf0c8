import { CopyError } from '../job/copy-error.js';
import type { StringMap } from '../job/operation.js';
import { countNames, type Counts, type Outcome } from '../job/outcome.js';
import type { StateBlob, StateEntry, StateStore } from '../storage/state-store.js';
import { listAll } from './list-all.js';
import { packLines, unpackLines } from './packed-lines.js';
import { outcomeRefOf } from './ref-of-name.js';
import type { OutcomeRef } from './refs.js';
import { stateNames } from './refs.js';

/** Sums over the outcomes of one blob. */
export type OutcomeCounts = Omit<Counts, 'planned'>;

/** An outcome blob as a listing of the state container tells it. */
export interface OutcomeEntry {
  readonly ref: OutcomeRef;
  readonly final: boolean;
  readonly counts: OutcomeCounts;
  /** Bytes of the objects whose outcome is `copied`. */
  readonly bytesCopied: number;
}

/** The stored outcomes of one part of a segment. */
export interface StoredOutcomes {
  readonly outcomes: readonly Outcome[];
  /** True: every operation of the part is answered for, and the blob never changes again. */
  readonly final: boolean;
}

/** The one outcome blob of a part of a segment, as one activity works on it. Not for two callers at a time. */
export interface OutcomeFile {
  /**
   * What is settled already. `again: false` says that nobody has worked on the part: no request is made, and an
   * untrue promise only costs one lost race later. When `final`, there is nothing left to do.
   */
  open(options: { readonly again: boolean }): Promise<{ settled: readonly Outcome[]; final: boolean }>;
  /**
   * Stores what is settled so far. What another worker had settled is merged in and wins; go on from the returned
   * outcomes. When `final`, somebody else has finished the part: stop.
   */
  checkpoint(outcomes: readonly Outcome[]): Promise<StoredOutcomes>;
  /**
   * Stores the outcomes for good. `won: false`: somebody else finished first, and `outcomes` are theirs. Repeating it
   * returns what stands.
   */
  finish(outcomes: readonly Outcome[]): Promise<{ outcomes: readonly Outcome[]; won: boolean }>;
}

const maxAttempts = 20;

/** Sums of outcomes. Pure. */
export function countOutcomes(outcomes: readonly Outcome[]): {
  readonly counts: OutcomeCounts;
  readonly bytesCopied: number;
} {
  const counts = { copied: 0, skipped: 0, deleted: 0, failed: 0, conflicts: 0, notAttempted: 0 };
  let bytesCopied = 0;
  for (const { outcome, sizeBytes } of outcomes) {
    counts[countNames[outcome]] += 1;
    if (outcome === 'copied') bytesCopied += sizeBytes;
  }
  return { counts, bytesCopied };
}

/** One list of outcomes, an object each: what `theirs` says of an object stands. Pure. */
function mergeOutcomes(mine: readonly Outcome[], theirs: readonly Outcome[]): readonly Outcome[] {
  const merged = new Map<string, Outcome>();
  for (const outcome of [...mine, ...theirs]) merged.set(`${String(outcome.pair)} ${outcome.key}`, outcome);
  return [...merged.values()];
}

/**
 * Opens no connection and makes no request by itself. Throws `state-conflict` from `checkpoint` and `finish` when the
 * race was lost too often.
 */
export function createOutcomeFile(state: StateStore, job: string, ref: OutcomeRef): OutcomeFile {
  const name = stateNames.outcome(job, ref);
  let etag: string | undefined;
  let standing: readonly Outcome[] | undefined;

  const load = async (): Promise<StoredOutcomes> => {
    const blob = await state.get(name);
    etag = blob?.etag;
    const stored = blob === undefined ? { outcomes: [], final: false } : await storedOf(blob);
    standing = stored.final ? stored.outcomes : undefined;
    return stored;
  };

  const save = async (
    outcomes: readonly Outcome[],
    final: boolean,
  ): Promise<StoredOutcomes & { won: boolean }> => {
    let wanted = outcomes;
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      if (standing !== undefined) return { outcomes: standing, final: true, won: false };
      const { body, hash } = await packLines(wanted);
      const written = await state.put(name, body, {
        condition: etag === undefined ? { ifAbsent: true } : { ifMatch: etag },
        metadata: metadataOf(wanted, final, hash),
      });
      if (written !== undefined) {
        etag = written;
        if (final) standing = wanted;
        return { outcomes: wanted, final, won: true };
      }
      const other = await load();
      // A write whose answer was lost comes back as a lost race against ourselves.
      if (other.final) return { ...other, won: final && (await packLines(other.outcomes)).hash === hash };
      wanted = mergeOutcomes(wanted, other.outcomes);
    }
    throw new CopyError('state-conflict', 'an outcome blob changed too often', { retryable: true });
  };

  return {
    open: async ({ again }) => {
      const { outcomes, final } = again ? await load() : { outcomes: [], final: false };
      return { settled: outcomes, final };
    },
    checkpoint: async (outcomes) => {
      const { outcomes: stands, final } = await save(outcomes, false);
      return { outcomes: stands, final };
    },
    finish: async (outcomes) => {
      const { outcomes: stands, won } = await save(outcomes, true);
      return { outcomes: stands, won };
    },
  };
}

/** Every outcome blob of the job, by group, index and part; none is opened. One request per 5,000. */
export async function* listOutcomes(state: StateStore, job: string): AsyncGenerator<OutcomeEntry> {
  for await (const entry of listAll(state, stateNames.outcomes(job))) {
    const outcome = outcomeEntryOf(job, entry);
    if (outcome !== undefined) yield outcome;
  }
}

/** What a listing's entry tells of an outcome blob, or undefined when the entry is none of this job's. */
export function outcomeEntryOf(job: string, entry: StateEntry): OutcomeEntry | undefined {
  const ref = outcomeRefOf(job, entry.name);
  return ref === undefined ? undefined : { ref, ...sumsOf(entry.metadata) };
}

/** The outcomes of one part, or undefined when nobody has stored any. One request. */
export async function readOutcomes(
  state: StateStore,
  job: string,
  ref: OutcomeRef,
): Promise<StoredOutcomes | undefined> {
  const blob = await state.get(stateNames.outcome(job, ref));
  return blob === undefined ? undefined : storedOf(blob);
}

async function storedOf(blob: StateBlob): Promise<StoredOutcomes> {
  return {
    outcomes: (await unpackLines(blob.body)) as readonly Outcome[],
    final: blob.metadata['final'] === '1',
  };
}

function metadataOf(outcomes: readonly Outcome[], final: boolean, hash: string): StringMap {
  const { counts, bytesCopied } = countOutcomes(outcomes);
  return {
    final: final ? '1' : '0',
    hash,
    copied: String(counts.copied),
    skipped: String(counts.skipped),
    deleted: String(counts.deleted),
    failed: String(counts.failed),
    conflicts: String(counts.conflicts),
    notattempted: String(counts.notAttempted),
    bytescopied: String(bytesCopied),
  };
}

function sumsOf(metadata: StringMap): Omit<OutcomeEntry, 'ref'> {
  const count = (name: string): number => Number(metadata[name] ?? 0);
  return {
    final: metadata['final'] === '1',
    counts: {
      copied: count('copied'),
      skipped: count('skipped'),
      deleted: count('deleted'),
      failed: count('failed'),
      conflicts: count('conflicts'),
      notAttempted: count('notattempted'),
    },
    bytesCopied: count('bytescopied'),
  };
}
