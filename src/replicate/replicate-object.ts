import { copyObject } from '../copy/copy-object.js';
import { Retry } from '../copy/retry.js';
import type { CopySettings } from '../copy/context.js';
import { isCopyError } from '../job/copy-error.js';
import type { JobSpec } from '../job/job-spec.js';
import type { Operation } from '../job/operation.js';
import type { Outcome } from '../job/outcome.js';
import { decide } from '../plan/diff.js';
import type { Decision } from '../plan/diff.js';
import type { ListedObject } from '../storage/store.js';
import { isMarked, marked, unmarked } from './destination-marker.js';
import { removeReplica } from './remove-replica.js';
import type { ReplicaResult } from './replica-result.js';
import { copyContextOf, lookAtDestination, lookAtSource, specOf } from './replica-task.js';
import type { ReplicaTask } from './replica-task.js';

/** Looks at both ends before a name that keeps changing is left to a later try. */
const mostRounds = 5;
/**
 * Last-Modified has whole seconds, and a copy takes a moment, that of a large object much longer: nearer times do not
 * tell which version was copied.
 */
const surelyLaterMs = { small: 2000, large: 60 * 60_000 };

/**
 * Makes one object at one target what it is at the source now. An event about a new small object is one request, when the
 * event tells enough, or one look and one request; an object that is there already is two looks more. Every write is
 * pinned to what was seen at both ends. Safe to run twice, also at the same time. Does not throw.
 */
export async function replicateObject(task: ReplicaTask): Promise<ReplicaResult> {
  try {
    const { kind } = task.change;
    if (kind === 'deleted') {
      const removed = await removeReplica(task);
      return removed === 'source-is-there' ? await converge(task, false) : removed;
    }
    const quick = kind === 'written' ? await copyFromHint(task) : undefined;
    return quick ?? (await converge(task, kind === 'tier'));
  } catch (error) {
    return failureOf(error);
  }
}

function failureOf(error: unknown): ReplicaResult {
  if (isCopyError(error)) return { outcome: 'failed', reason: error.code, message: error.message };
  return {
    outcome: 'failed',
    reason: 'unexpected',
    message: error instanceof Error ? error.name : 'unknown',
  };
}

/** Copies what the event tells of, unseen; undefined when a look is needed, before or after. */
async function copyFromHint(task: ReplicaTask): Promise<ReplicaResult | undefined> {
  const { change } = task;
  const { hint } = change;
  const { rule, filtersLook } = change.rule;
  if (hint === undefined || filtersLook || rule.conflict !== 'sourceWins') return undefined;
  if (task.tags.areKept() || hint.sizeBytes > rule.singleShotBytes) return undefined;
  const operation: Operation = {
    action: 'copy',
    pair: 0,
    key: change.key,
    reason: 'new',
    sizeBytes: hint.sizeBytes,
    etag: hint.etag,
    lastModified: new Date(change.timeMs).toISOString(),
    ...(hint.tier === undefined || rule.tier === 'off' ? {} : { tier: hint.tier }),
  };
  const outcome = await copyObject(operation, copyContextOf(task, specOf(task)));
  if (outcome.outcome === 'conflict') return converge(task, true);
  return isOutdated(outcome) ? undefined : resultOf(outcome);
}

/** The source was not, or is no longer, what the operation says. */
function isOutdated({ outcome, reason }: Outcome): boolean {
  return outcome === 'conflict' || reason === 'source-changed' || reason === 'vanished';
}

function resultOf({ outcome, reason, message }: Outcome): ReplicaResult {
  const kind = outcome === 'copied' || outcome === 'skipped' ? outcome : 'failed';
  return { outcome: kind, reason, ...(message === undefined ? {} : { message }) };
}

/** Looks and writes until both ends agree; `seen`: something is known to be at the target. */
async function converge(task: ReplicaTask, seen: boolean): Promise<ReplicaResult> {
  let source = await lookAtSource(task);
  let lookThere = seen || (source !== undefined && isLarge(task, source));
  for (let round = 1; round <= mostRounds; round += 1) {
    if (source === undefined) return vanished(task);
    if (!task.change.rule.filters.passes(source, task.change.key)) {
      return { outcome: 'skipped', reason: 'excluded' };
    }
    const present = lookThere ? await lookAtDestination(task) : undefined;
    const kept = await keepsDestination(task, present);
    if (kept !== undefined) return kept;
    const decision = decideReplica(task, source, present);
    if (decision.kind !== 'copy') return settle(task, decision, source, present);
    if (isLarge(task, source)) {
      await task.handOver(source, handOverSpec(task, source, present));
      return { outcome: 'handedOver', reason: 'large' };
    }
    const outcome = await copyObject(decision.operation, copyContextOf(task, settingsFor(task, source)));
    if (!isOutdated(outcome)) return resultOf(outcome);
    if (outcome.outcome === 'conflict') lookThere = true;
    else source = await lookAtSource(task);
  }
  return { outcome: 'failed', reason: 'source-changed', message: 'the object keeps changing' };
}

async function vanished(task: ReplicaTask): Promise<ReplicaResult> {
  if (task.change.rule.rule.deletes === 'ignore') return { outcome: 'skipped', reason: 'vanished' };
  const removed = await removeReplica(task);
  return removed === 'source-is-there'
    ? { outcome: 'failed', reason: 'source-changed', message: 'the object keeps coming and going' }
    : removed;
}

function isLarge({ change }: ReplicaTask, source: ListedObject): boolean {
  return source.sizeBytes > change.rule.rule.singleShotBytes;
}

/**
 * What the job that copies a large object does: that it is to be copied is decided here. Where others may write too, it
 * replaces nothing that was not seen to be the rule's own, and the copy tells that it is.
 */
function handOverSpec(
  task: ReplicaTask,
  source: ListedObject,
  present: ListedObject | undefined,
): Pick<JobSpec, 'overwrite' | 'metadata'> {
  if (task.change.rule.rule.conflict === 'sourceWins') return { overwrite: 'always' };
  return { overwrite: present === undefined ? 'never' : 'always', metadata: marked(source) };
}

/** A result when the rule leaves the target as it is: somebody else's object, or one that somebody else deleted. */
async function keepsDestination(
  task: ReplicaTask,
  present: ListedObject | undefined,
): Promise<ReplicaResult | undefined> {
  const { conflict } = task.change.rule.rule;
  if (conflict === 'sourceWins') return undefined;
  const outcome = conflict === 'report' ? 'conflict' : 'kept';
  if (present !== undefined) {
    return isMarked(present) ? undefined : { outcome, reason: 'destination-changed' };
  }
  return (await task.isTombstoned()) ? { outcome, reason: 'destination-deleted' } : undefined;
}

function decideReplica(
  task: ReplicaTask,
  source: ListedObject,
  destination: ListedObject | undefined,
): Decision {
  const input = {
    pair: 0,
    key: task.change.key,
    destinationKey: task.destinationKey,
    source: unmarked(source),
    destination: destination === undefined ? undefined : unmarked(destination),
    spec: specOf(task),
    keepable: { tags: task.tags.areKept(), tiers: true },
  };
  const decision = decide(input);
  const isSlow = isLarge(task, source) && task.change.kind !== 'tier';
  const doubtful =
    decision.kind === 'skip' &&
    destination !== undefined &&
    mayDiffer(source, destination, isSlow ? surelyLaterMs.large : surelyLaterMs.small);
  return doubtful ? decide({ ...input, spec: { ...input.spec, overwrite: 'always' } }) : decision;
}

/** Without checksums at both ends, equal length says little about a name that is written again and again. */
function mayDiffer(source: ListedObject, destination: ListedObject, laterMs: number): boolean {
  if (source.md5 !== undefined && destination.md5 !== undefined) return false;
  return Date.parse(destination.lastModified) < Date.parse(source.lastModified) + laterMs;
}

/** What is to be done when nothing is to be copied. */
async function settle(
  task: ReplicaTask,
  decision: Exclude<Decision, { kind: 'copy' }>,
  source: ListedObject,
  present: ListedObject | undefined,
): Promise<ReplicaResult> {
  if (decision.kind === 'failure') return { outcome: 'failed', reason: decision.failure.reason };
  const { tier } = source;
  const { rule } = task.change.rule;
  const wanted = rule.tier === 'off' || source.tierInferred === true ? undefined : tier;
  if (wanted === undefined || present === undefined || present.tier === wanted) {
    return { outcome: 'skipped', reason: decision.skip.reason };
  }
  await new Retry(task).write(() => task.destination.setTier(task.destinationKey, wanted, task.signal));
  return { outcome: 'tierSet', reason: 'different' };
}

/** Where others may write too, the copy tells that it is ours. */
function settingsFor(task: ReplicaTask, source: ListedObject): CopySettings {
  const spec = specOf(task);
  return task.change.rule.rule.conflict === 'sourceWins' ? spec : { ...spec, metadata: marked(source) };
}
