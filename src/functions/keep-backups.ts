import type { InvocationContext } from '@azure/functions';
import { overlaps } from '../job/overlap.js';
import type { SchedulePolicy } from '../job/policy.js';
import { isTerminal } from '../job/status.js';
import { type KeptPoint, keptPoints } from '../plan/retention.js';
import { listActiveSources } from '../record/active-sources.js';
import {
  type BackupPoint,
  changePoint,
  hasOpenPoints,
  listPoints,
  type PointVersion,
  removePoint,
} from '../record/backup-points.js';
import type { Board } from '../record/board.js';
import { readBoard, readJob } from '../record/jobs.js';
import { removeManifest } from '../record/manifest.js';
import { isoTime } from '../runtime/clock.js';
import { codeOf } from './http/problem.js';
import { pruneJobOf, startPrune } from './start-prune.js';
import type { PolicyStarter } from './start-due.js';
import { writeManifest } from './write-manifest.js';

/** A point whose job was never recorded is forgotten after this time. */
const forgetAfterMs = 24 * 60 * 60_000;
const retryPruneAfterMs = 24 * 60 * 60_000;
const mostPrunes = 3;

/**
 * Looks after the backups of one policy: says of each whose job has ended whether it is good, writes the manifests of
 * incremental ones, and, whenever something has changed, starts to remove what no rule keeps. Safe to run at any time
 * and by several hosts. A policy none of whose backups is under way costs one request. A backup that cannot
 * be looked after is logged as `backup-look-failed`, and left to the next look.
 */
export async function keepBackups(
  services: PolicyStarter,
  policy: SchedulePolicy,
  context: InvocationContext,
): Promise<void> {
  const { state } = services;
  if (policy.backup === undefined || !(await hasOpenPoints(state, policy.name))) return;
  const points = await listPoints(state, policy.name);
  let changed = false;
  for (const version of points) {
    const { status } = version.point;
    const settled = await attempt(services, version.point, async () => {
      if (status === 'running') return settle(services, version, points);
      return status === 'pruning' && settlePrune(services, policy, version, context);
    });
    changed = settled === true || changed;
  }
  if (changed && !policy.paused) await removeOld(services, policy, context);
}

/** One backup in trouble, which the next look tries again, does not keep the others from being looked after. */
async function attempt<T>(
  services: PolicyStarter,
  { policy, id }: BackupPoint,
  step: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await step();
  } catch (error) {
    services.log('backup-look-failed', { policy, job: id, error: codeOf(error) });
    return undefined;
  }
}

/** True when the point has become good or has failed. */
async function settle(
  services: PolicyStarter,
  version: PointVersion,
  points: readonly PointVersion[],
): Promise<boolean> {
  const { state, clock } = services;
  const { point } = version;
  const board = (await readBoard(state, point.id))?.board;
  if (board === undefined) {
    const isOld = clock.now() - Date.parse(point.dueAt) > forgetAfterMs;
    if (isOld && (await readJob(state, point.id)) === undefined) await removePoint(state, point);
    return false;
  }
  if (!isTerminal(board.status)) return false;
  if (await isTwin(services, point)) {
    await removePoint(state, point);
    return false;
  }
  const after = await settled(services, point, board, points);
  if (after === undefined) return false;
  if (!(await changePoint(state, { point: after, etag: version.etag }))) return false;
  services.log('backup-settled', { policy: point.policy, job: point.id, status: after.status });
  return after.status !== 'running';
}

/** One key used twice at once gives two points of one job, which went where one of them says. */
async function isTwin({ state }: PolicyStarter, point: BackupPoint): Promise<boolean> {
  const record = await readJob(state, point.id);
  return record?.policy !== undefined && record.policy.dueAt !== point.dueAt;
}

/** The point as it is now; still `running` while its manifest is being written. */
async function settled(
  services: PolicyStarter,
  point: BackupPoint,
  board: Board,
  points: readonly PointVersion[],
): Promise<BackupPoint | undefined> {
  const { copied, bytesCopied } = board.totals;
  const counted = { ...point, copied: { objects: copied, sizeBytes: bytesCopied } };
  if (board.status !== 'Completed') return { ...counted, status: 'failed' };
  const self = { point: point.id, prefix: point.place.prefix };
  if (point.mode === 'full') return { ...counted, status: 'good', homes: [self], objects: copied };
  const { progress, isComplete } = await writeManifest(services, point, board);
  if (!isComplete) return { ...point, manifest: progress };
  const base = points.find((other) => other.point.id === point.base)?.point;
  const known = [...(base?.homes ?? []), self];
  const homes = known.filter((home) => progress.homes.includes(home.point));
  const isThere = (id: string): boolean =>
    id === point.id || points.some((other) => other.point.id === id && other.point.status === 'good');
  // What it needs was removed while it was made: it is no backup, whatever its job says.
  if (homes.length < progress.homes.length || !progress.homes.every(isThere)) {
    return { ...counted, status: 'failed' };
  }
  return { ...counted, status: 'good', homes, objects: progress.objects, manifest: progress };
}

/** True when the removal has ended, either way. */
async function settlePrune(
  services: PolicyStarter,
  policy: SchedulePolicy,
  version: PointVersion,
  context: InvocationContext,
): Promise<boolean> {
  const { state } = services;
  const { point, etag } = version;
  const board = (await readBoard(state, point.prune?.job ?? point.id))?.board;
  if (board === undefined) await prune(services, policy, point, context);
  if (board === undefined || !isTerminal(board.status)) return false;
  if (board.status === 'Completed') {
    await removeManifest(state, { policy: point.policy, point: point.id });
    await removePoint(state, point);
  } else if (!(await changePoint(state, { point: { ...point, status: 'stuck' }, etag }))) {
    return false;
  }
  services.log('backup-removed', { policy: point.policy, job: point.prune?.job ?? '', status: board.status });
  return true;
}

/**
 * Starts to remove every point that no rule keeps and that no job reads; what is read goes after a later backup. Points
 * of another source, which the policy or one of its name had before, are neither counted nor removed.
 */
async function removeOld(
  services: PolicyStarter,
  policy: SchedulePolicy,
  context: InvocationContext,
): Promise<void> {
  const { state, clock } = services;
  const all = await listPoints(state, policy.name);
  const points = all.filter(({ point }) => point.source === policy.job.source);
  const kept = keptPoints(
    points.map(({ point }) => keptPointOf(point, points)),
    policy.backup?.retention,
    clock.now(),
  );
  const old = points.filter(
    ({ point }) => (kept.get(point.id)?.length ?? 0) === 0 && mayTry(point, clock.now()),
  );
  const read = old.length === 0 ? [] : await listActiveSources(state);
  // Newest first: none that can still be restored may need what is gone, wherever a host dies.
  for (const { point, etag } of old.reverse()) {
    if (read.some((place) => overlaps(place, point.place))) {
      services.log('backup-in-use', { policy: policy.name, job: point.id });
      continue;
    }
    await attempt(services, point, async () => {
      const pruned = pruning(point, policy, isoTime(clock));
      if (await changePoint(state, { point: pruned, etag })) await prune(services, policy, pruned, context);
    });
  }
}

/**
 * Starts a removal that is decided on, unless a backup needs the point that was begun meanwhile, on another host for
 * instance. One that is begun later still finds out, when it ends, that what it needs is no longer good.
 */
async function prune(
  services: PolicyStarter,
  policy: SchedulePolicy,
  point: BackupPoint,
  context: InvocationContext,
): Promise<void> {
  const points = await listPoints(services.state, policy.name);
  const uses = ({ point: other }: PointVersion): boolean =>
    other.id !== point.id && mayRestore(other) && keptPointOf(other, points).needs.includes(point.id);
  if (!points.some(uses)) {
    await startPrune(services, policy, point, context);
    return;
  }
  const own = points.find((other) => other.point.id === point.id);
  const { prune: _, ...kept } = point;
  if (own !== undefined) await changePoint(services.state, { ...own, point: { ...kept, status: 'good' } });
}

/** It can be restored, or will be. */
function mayRestore({ status }: BackupPoint): boolean {
  return status === 'good' || status === 'running';
}

function keptPointOf(point: BackupPoint, points: readonly PointVersion[]): KeptPoint {
  const { id, dueAt, status, base } = point;
  const compared = points.find((other) => other.point.id === base)?.point;
  const used = status === 'running' && compared !== undefined ? [compared.id, ...homesOf(compared)] : [];
  return {
    id,
    dueAt,
    good: status === 'good',
    running: status === 'running' || status === 'pruning',
    needs: [...homesOf(point), ...used].filter((needed) => needed !== id),
  };
}

function homesOf({ homes }: BackupPoint): readonly string[] {
  return homes.map(({ point }) => point);
}

/** A removal that was refused, by an immutability policy for instance, is tried again a day later, and not for ever. */
function mayTry({ status, prune }: BackupPoint, nowMs: number): boolean {
  if (status !== 'stuck' || prune === undefined) return true;
  return prune.attempt < mostPrunes && nowMs - Date.parse(prune.dueAt) > retryPruneAfterMs;
}

function pruning(point: BackupPoint, policy: SchedulePolicy, now: string): BackupPoint {
  const attempt = (point.prune?.attempt ?? 0) + 1;
  return {
    ...point,
    status: 'pruning',
    prune: { attempt, job: pruneJobOf(policy, point, attempt), dueAt: now },
  };
}
