import type { Location } from '../job/account.js';
import type { BackupHome } from '../job/backup-task.js';
import type { StateEntry, StateStore } from '../storage/state-store.js';
import { listAll } from './list-all.js';
import { stateNames } from './refs.js';

/** `pruning`: a job deletes it. `stuck`: what was to be deleted could not be. */
export type PointStatus = 'running' | 'good' | 'failed' | 'pruning' | 'stuck';

/** One backup: a point in time that can be restored. Its id is that of the job that made it. */
export interface BackupPoint {
  readonly version: 1;
  readonly id: string;
  readonly policy: string;
  /** ISO 8601: the time of the schedule. */
  readonly dueAt: string;
  readonly mode: 'full' | 'incremental';
  /** Incremental: the point that it is compared with; absent: it holds everything. */
  readonly base?: string;
  /** How many points were compared in a row since one that held everything. */
  readonly depth: number;
  /** Its folder. */
  readonly place: Location;
  /** Its folder's URL, and that of what it is a backup of. */
  readonly url: string;
  readonly source: string;
  /** Its source is a share; `directories`: they were kept as objects of their own. */
  readonly share?: { readonly directories: boolean };
  readonly status: PointStatus;
  /** Once it is good: the points that hold its objects, itself included; of a full one itself alone. */
  readonly homes: readonly BackupHome[];
  /** Objects and bytes that were copied into its folder. */
  readonly copied?: { readonly objects: number; readonly sizeBytes: number };
  /** Objects that a restore gives. */
  readonly objects?: number;
  /** While it is being removed: which attempt, and its job. */
  readonly prune?: { readonly attempt: number; readonly job: string; readonly dueAt: string };
  /** How far its manifest is written. */
  readonly manifest?: ManifestProgress;
}

/** Pages that are written, one for each segment of the job, and what they hold. */
export interface ManifestProgress {
  readonly pages: number;
  readonly objects: number;
  /** Points that the rows so far name. */
  readonly homes: readonly string[];
}

/** A point with the ETag of its blob. */
export interface PointVersion {
  readonly point: BackupPoint;
  readonly etag: string;
}

/** Stores a point once: the one that stands decides, whoever was first. One request, two when it was there. */
export async function createPoint(state: StateStore, point: BackupPoint): Promise<BackupPoint> {
  const name = stateNames.point(point.policy, point.dueAt, point.id);
  const created = await state.put(name, JSON.stringify(point), optionsOf(point, { ifAbsent: true }));
  if (created !== undefined) return point;
  const blob = await state.get(name);
  return blob === undefined ? point : (JSON.parse(blob.body.toString('utf8')) as BackupPoint);
}

/** Stores the next version; false when it is another by now. One request. */
export async function changePoint(state: StateStore, { point, etag }: PointVersion): Promise<boolean> {
  const name = stateNames.point(point.policy, point.dueAt, point.id);
  const written = await state.put(name, JSON.stringify(point), optionsOf(point, { ifMatch: etag }));
  return written !== undefined;
}

/** Forgets a point. No error when it is gone. */
export async function removePoint(state: StateStore, { policy, dueAt, id }: BackupPoint): Promise<void> {
  await state.delete(stateNames.point(policy, dueAt, id));
}

/** Every point of a policy, oldest first. One request per point and one per 5,000. */
export async function listPoints(state: StateStore, policy: string): Promise<readonly PointVersion[]> {
  const found: PointVersion[] = [];
  for await (const { name } of listAll(state, stateNames.points(policy))) {
    const blob = await state.get(name);
    if (blob !== undefined) {
      found.push({ point: JSON.parse(blob.body.toString('utf8')) as BackupPoint, etag: blob.etag });
    }
  }
  return found;
}

/** True when a job of the policy's points is under way. One request per 5,000 points. */
export async function hasOpenPoints(state: StateStore, policy: string): Promise<boolean> {
  for await (const entry of listAll(state, stateNames.points(policy))) if (isOpen(entry)) return true;
  return false;
}

function isOpen({ metadata }: StateEntry): boolean {
  return metadata['status'] === 'running' || metadata['status'] === 'pruning';
}

function optionsOf<Condition>(
  { status }: BackupPoint,
  condition: Condition,
): { readonly condition: Condition; readonly metadata: { readonly status: string } } {
  return { condition, metadata: { status } };
}
