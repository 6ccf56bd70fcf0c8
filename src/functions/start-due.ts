import type { InvocationContext } from '@azure/functions';
import type { Account, Location } from '../job/account.js';
import type { SchedulePolicy } from '../job/policy.js';
import { expandTemplate } from '../plan/backup-template.js';
import { type BackupPoint, createPoint, listPoints } from '../record/backup-points.js';
import { readClaim } from '../record/active.js';
import { jobIdForPolicy } from '../record/job-id.js';
import { type CheckedJob, textOf } from './http/job-spec-of.js';
import { type JobStarter, type StartedJob, hashRequest, startJob } from './http/start-job.js';

/** What starting a policy's job needs; a timer has it too. */
export interface PolicyStarter extends JobStarter {
  readonly accounts: readonly Account[];
}

/** One start of a policy's job. */
export interface Occasion {
  /** ISO 8601: the time of the schedule, or that of a run by hand. */
  readonly dueAt: string;
  /** Of a run by hand: the caller's Idempotency-Key, or a random one. */
  readonly key?: string;
}

/**
 * Starts a policy's job for one occasion. However often and by however many hosts the same occasion is started, there is
 * one job: the first record decides what it does. Throws `Problem` `destination-in-use`.
 */
export async function startDue(
  services: PolicyStarter,
  policy: SchedulePolicy,
  { dueAt, key }: Occasion,
  context: InvocationContext,
): Promise<StartedJob> {
  const occasion = key === undefined ? dueAt : `key ${key}`;
  const { name, createdAt } = policy;
  const id = jobIdForPolicy(policy, occasion);
  const options = { id, requestHash: hashRequest({ policy: name, createdAt, occasion }), context };
  if (policy.backup === undefined) {
    return startJob(services, { ...policy.job, policy: { name, dueAt } }, options);
  }
  const point = await pointOf(services, policy, { id, dueAt, byHand: key !== undefined });
  // Only whoever holds the folder makes a point of it: a start that is refused leaves none.
  const settle = async (): Promise<CheckedJob> => {
    const standing = await createPoint(services.state, point);
    if (standing.place.prefix === point.place.prefix) return backupOf(policy, standing);
    throw new Error('another start of this backup has chosen another folder, which the next start takes');
  };
  return startJob(services, backupOf(policy, point), { ...options, settle });
}

async function pointOf(
  { state, accounts }: PolicyStarter,
  policy: SchedulePolicy,
  { id, dueAt, byHand }: { readonly id: string; readonly dueAt: string; readonly byHand: boolean },
): Promise<BackupPoint> {
  const { name, job, backup } = policy;
  const points = (await listPoints(state, name)).map(({ point }) => point);
  // A key that is used again comes at another time.
  const known = points.find((point) => point.id === id);
  if (known !== undefined) return known;
  // So does one whose first start died with nothing but its folder claimed.
  const claimed = byHand ? await readClaim(state, id) : undefined;
  const place = freePlace(job.spec.destination, expandTemplate(backup?.template ?? '', name, dueAt), {
    own: `-${id.slice(0, 8)}/`,
    byHand,
    points,
    ...(claimed === undefined ? {} : { claimed }),
  });
  const mode = backup?.mode ?? 'full';
  const point: BackupPoint = {
    version: 1,
    id,
    policy: name,
    dueAt,
    mode,
    depth: 0,
    place,
    url: textOf(place, accounts),
    source: job.source,
    ...shareOf(job),
    status: 'running',
    homes: [],
  };
  if (mode === 'full') return point;
  const base = baseOf(point, points, backup?.fullEvery ?? 1);
  return base === undefined ? point : { ...point, base: base.id, depth: base.depth + 1 };
}

function shareOf({ spec }: SchedulePolicy['job']): Pick<BackupPoint, 'share'> {
  return spec.source.location.service === 'files'
    ? { share: { directories: spec.emptyDirectories === true } }
    : {};
}

/**
 * No two backups share a folder. The folder of a run by hand always ends in letters of its own, since others may start in
 * the same moment, unseen; scheduled ones start one after the other, and only the second of a minute has them.
 */
function freePlace(
  destination: Location,
  folder: string,
  {
    own,
    byHand,
    points,
    claimed,
  }: {
    readonly own: string;
    readonly byHand: boolean;
    readonly points: readonly BackupPoint[];
    readonly claimed?: Location;
  },
): Location {
  if (claimed !== undefined && isWithin(claimed, destination)) return claimed;
  const prefix = destination.prefix + folder;
  const isTaken = byHand || points.some((point) => point.place.prefix === prefix);
  return { ...destination, prefix: isTaken ? `${prefix.slice(0, -1)}${own}` : prefix };
}

function isWithin(place: Location, { account, container, prefix }: Location): boolean {
  return place.account === account && place.container === container && place.prefix.startsWith(prefix);
}

/** The newest good point with a manifest in the same container, unless it is time for one that holds everything. */
function baseOf(
  { dueAt, place, source }: BackupPoint,
  points: readonly BackupPoint[],
  fullEvery: number,
): BackupPoint | undefined {
  const base = points
    .filter((point) => point.status === 'good' && point.mode === 'incremental' && point.dueAt < dueAt)
    .at(-1);
  if (base === undefined || base.depth + 1 >= fullEvery || base.source !== source) return undefined;
  return base.place.account === place.account && base.place.container === place.container ? base : undefined;
}

function backupOf({ job }: SchedulePolicy, point: BackupPoint): CheckedJob {
  const { id, policy, dueAt, place, url, mode, base } = point;
  const task = { kind: 'incremental', policy, point: id, ...(base === undefined ? {} : { base }) } as const;
  const spec = { ...job.spec, destination: place };
  const backup = mode === 'full' ? {} : { backup: task };
  return { ...job, destination: url, policy: { name: policy, dueAt }, spec: { ...spec, ...backup } };
}
