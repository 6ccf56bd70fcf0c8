import pLimit from 'p-limit';
import { isJobWide } from '../../copy/job-wide.js';
import { runWhileRoom } from '../../copy/run-while-room.js';
import { type CopyErrorCode, isCopyError } from '../../job/copy-error.js';
import type { Operation } from '../../job/operation.js';
import type { Outcome } from '../../job/outcome.js';
import { type Holder, finishSegment } from '../../record/board-finish.js';
import type { Holding, Totals } from '../../record/board.js';
import { countOutcomes, createOutcomeFile } from '../../record/outcomes.js';
import type { OutcomeRef } from '../../record/refs.js';
import type { SliceScope } from '../slice-scope.js';
import { JobWideProof } from './job-wide-proof.js';
import type { UnitEnd } from './unit-end.js';

/** A part of a segment, and how one operation of it is settled. */
export interface Settling {
  readonly ref: OutcomeRef;
  readonly operations: readonly Operation[];
  /** Never throws but `aborted`. */
  settle(operation: Operation): Promise<Outcome>;
  /** Looks once more when all is settled; gives the outcomes that are other than they were. */
  review?(outcomeOf: (operation: Operation) => Outcome | undefined): Promise<readonly Outcome[]>;
}

/** What of a slice's scope is needed to settle operations. */
type SettlingScope = Pick<
  SliceScope,
  'input' | 'state' | 'window' | 'onBeat' | 'shouldStop' | 'noteError' | 'stopJob'
>;

function identity(item: { readonly pair: number; readonly key: string }): string {
  return `${String(item.pair)} ${item.key}`;
}

/**
 * Settles what is not settled yet, some at a time, with a checkpoint at every beat. The outcome blob decides: of two
 * workers the loser takes over what the winner wrote, so that totals count once.
 */
export async function settleOperations(
  scope: SettlingScope,
  holder: Holder,
  holding: Holding,
  settling: Settling,
): Promise<UnitEnd> {
  const file = createOutcomeFile(scope.state, scope.input.job, settling.ref);
  const stored = await file.open({ again: holding.again });
  if (stored.final) return finishWith(holder, stored.settled);
  const settled = new Map(stored.settled.map((outcome) => [identity(outcome), outcome]));
  const oneAtATime = pLimit(1);
  let saved = settled.size;

  const checkpoint = async (): Promise<void> => {
    if (settled.size === saved) return;
    const { outcomes } = await file.checkpoint([...settled.values()]);
    for (const outcome of outcomes) settled.set(identity(outcome), outcome);
    saved = settled.size;
  };
  scope.onBeat = async () => {
    await oneAtATime(checkpoint);
    return progressOf([...settled.values()]);
  };
  await settleRest(scope, settling, settled);
  const isSettled = settled.size >= settling.operations.length && (await reviewAll(settling, settled));
  scope.onBeat = undefined;

  if (!isSettled) {
    await oneAtATime(checkpoint);
    return 'held';
  }
  const { outcomes } = await oneAtATime(() => file.finish([...settled.values()]));
  return finishWith(holder, outcomes);
}

/** False when the slice ended in the middle of it: the next one reviews all again. */
async function reviewAll(settling: Settling, settled: Map<string, Outcome>): Promise<boolean> {
  try {
    const changed = await settling.review?.((operation) => settled.get(identity(operation)));
    for (const outcome of changed ?? []) settled.set(identity(outcome), outcome);
    return true;
  } catch (error) {
    if (isCopyError(error) && error.code === 'aborted') return false;
    throw error;
  }
}

async function settleRest(
  scope: SettlingScope,
  settling: Settling,
  settled: Map<string, Outcome>,
): Promise<void> {
  const proof = new JobWideProof();
  const rest = settling.operations.filter((operation) => !settled.has(identity(operation)));
  const settleNext = async (operation: Operation): Promise<void> => {
    const outcome = await settleOne(settling, operation);
    if (outcome === undefined) return;
    settled.set(identity(outcome), outcome);
    await look(scope, proof, outcome);
  };
  for (const batch of inOrder(rest)) {
    const queue = batch.values();
    await runWhileRoom(
      () => scope.window.limit,
      () => (scope.shouldStop() ? undefined : queue.next().value),
      (operation) => scope.window.run(() => settleNext(operation)),
    );
  }
}

/** What can be done at once: directories before what lies in them, level by level, then everything else. */
function inOrder(operations: readonly Operation[]): readonly (readonly Operation[])[] {
  const levels = new Map<number, Operation[]>();
  for (const operation of operations) {
    const depth = operation.kind === 'directory' ? operation.key.split('/').length : Number.POSITIVE_INFINITY;
    const level = levels.get(depth) ?? [];
    level.push(operation);
    levels.set(depth, level);
  }
  return [...levels].sort(([a], [b]) => a - b).map(([, level]) => level);
}

/** Undefined when the slice ended in the middle of the object: the next one goes on with it. */
async function settleOne(settling: Settling, operation: Operation): Promise<Outcome | undefined> {
  try {
    return await settling.settle(operation);
  } catch (error) {
    if (isCopyError(error) && error.code === 'aborted') return undefined;
    throw error;
  }
}

async function look(scope: SettlingScope, proof: JobWideProof, outcome: Outcome): Promise<void> {
  if (outcome.outcome !== 'failed') {
    proof.refute();
    return;
  }
  const code = outcome.reason as CopyErrorCode;
  scope.noteError({ code, key: outcome.key, message: outcome.message ?? '' });
  if (!isJobWide(code) || !proof.add(code)) return;
  const text = `the same refusal for many objects in a row and no success: ${outcome.message ?? code}`;
  await scope.stopJob(code, text);
}

function progressOf(outcomes: readonly Outcome[]): Partial<Totals> {
  const { counts, bytesCopied } = countOutcomes(outcomes);
  return { ...counts, bytesCopied };
}

function finishWith(holder: Holder, outcomes: readonly Outcome[]): UnitEnd {
  const sums = progressOf(outcomes);
  return { finish: (board) => finishSegment(board, holder, sums) };
}
