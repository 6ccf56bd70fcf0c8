import pLimit from 'p-limit';
import { listAll } from '../record/list-all.js';
import { forgetDeadLetter, readDeadLetters } from './dead-letters.js';
import type { Change } from './match-rules.js';
import { forgetPending, listDue, readPending, takePending } from './pending.js';
import type { Pending } from './pending.js';
import type { ReplicatorServices } from './replicator-services.js';
import type { Replicator } from './replicator.js';
import type { RuleBook } from './rule-book.js';
import { replicationNames } from './state-names.js';

const workAtOnce = 8;
/** Longer than any piece of work takes; a worker that died with it gives it back then. */
const leaseMs = 5 * 60_000;
const mostLetters = 500;

/** How far one call got. */
export interface DueResult {
  readonly done: number;
  /** True when the time was up before the end. */
  readonly more: boolean;
}

/**
 * Does the postponed work that is due, until `untilMs`. Any number of workers may do so at once: each piece is taken by
 * one. Work of rules that are gone is forgotten; that of paused rules waits.
 */
export async function performDue(
  replicator: Replicator,
  services: ReplicatorServices,
  untilMs: number,
): Promise<DueResult> {
  const { state, clock } = services;
  const limit = pLimit(workAtOnce);
  const running = new Set<Promise<void>>();
  let done = 0;
  let more = false;
  for await (const name of listDue(state, clock.now())) {
    more = clock.now() >= untilMs;
    if (more) break;
    const work = limit(async () => {
      if (await performOne(replicator, services, name)) done += 1;
    }).finally(() => running.delete(work));
    running.add(work);
    if (running.size >= workAtOnce * 2) await Promise.race(running);
  }
  await Promise.all(running);
  return { done, more };
}

async function performOne(
  replicator: Replicator,
  services: ReplicatorServices,
  name: string,
): Promise<boolean> {
  const { state, clock } = services;
  const stored = await readPending(state, name);
  if (stored === undefined || stored.pending.dueMs > clock.now()) return false;
  const book = await services.rules();
  const { pending } = stored;
  if (book.isPaused(pending.rule)) return false;
  const taken = await takePending(state, stored, clock.now() + leaseMs);
  if (taken === undefined) return false;
  const change = changeOf(book, pending);
  if (change === undefined) services.log('replication-rule-gone', { rule: pending.rule });
  // A failure is remembered anew, over what was taken; so is a change that came in meanwhile.
  else await replicator.perform(change, pending.attempts);
  await forgetPending(state, taken);
  return change !== undefined;
}

/**
 * Takes the messages once more whose handling failed each time they came, until `untilMs`. Gives how many. Safe to run
 * twice. Throws when one fails again; it stays.
 */
export async function retryPoisoned(
  replicator: Replicator,
  { state, clock }: ReplicatorServices,
  untilMs: number,
): Promise<number> {
  let retried = 0;
  for await (const { name, etag } of listAll(state, replicationNames.poisoned)) {
    if (clock.now() >= untilMs) break;
    const blob = await state.get(name);
    if (blob === undefined) continue;
    await replicator.handle(blob.body.toString('utf8'));
    await state.delete(name, etag);
    retried += 1;
  }
  return retried;
}

/** What one call of `retryDeadLetters` did. */
export interface RetryResult {
  readonly retried: number;
  readonly failed: number;
  /** True when there are more: call again. */
  readonly more: boolean;
}

/**
 * Tries again what was given up for a rule, some hundred names at most, until `untilMs`. What fails again is a dead letter
 * again. Safe to run twice.
 */
export async function retryDeadLetters(
  replicator: Replicator,
  services: ReplicatorServices,
  rule: string,
  untilMs: number,
): Promise<RetryResult> {
  const { state, clock } = services;
  const limit = pLimit(workAtOnce);
  const book = await services.rules();
  const letters = await readDeadLetters(state, rule, mostLetters);
  const results = await Promise.all(
    letters.map((stored) =>
      limit(async () => {
        if (clock.now() >= untilMs) return undefined;
        const change = changeOf(book, stored.letter);
        const result = change === undefined ? undefined : await replicator.retry(change);
        // What failed again is a new dead letter, which stays.
        await forgetDeadLetter(state, stored);
        return result?.outcome !== 'failed';
      }),
    ),
  );
  const failed = results.filter((good) => good === false).length;
  const left = results.filter((good) => good === undefined).length;
  return {
    retried: results.length - left,
    failed,
    more: letters.length === mostLetters || left > 0,
  };
}

/**
 * Undefined when the rule, or its target, is gone. What was put aside for one object may stand for several changes, of
 * which the first alone is told: `tier` looks at both ends, and finds out whatever has happened.
 */
function changeOf(book: RuleBook, work: Omit<Pending, 'dueMs' | 'taken' | 'attempts'>): Change | undefined {
  const { target, key, tree, passed, timeMs } = work;
  const kind = tree ? work.kind : 'tier';
  const rule = book.find(work.rule);
  return rule?.rule.targets[target] === undefined
    ? undefined
    : { rule, target, key, kind, tree, passed, timeMs };
}
