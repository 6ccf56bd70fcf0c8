import { isUnfinished } from '../../src/job/unfinished-file.js';
import type { MemoryObject } from './memory-object.js';
import { isWhole } from './chaos-watch.js';
import type { ChaosWorld } from './chaos-world.js';

/** What the report's `copied` claims of a file or directory, against what is there: all of it, of one version. */
export function copiedFile(world: ChaosWorld, job: string, key: string, told: string): readonly string[] {
  const { watch, cloud, happened } = world;
  if (happened.destinationChanged.has(key)) return [];
  const now = cloud.account('target').object('copy', key);
  if (now === undefined) return [`${told}, and nothing is there`];
  if (isUnfinished(now.smb?.creationTime)) return [`${told}, and it is not finished`];
  const isTorn =
    !key.endsWith('/') && now.sizeBytes > 0 && !isWhole(now.content, watch.sourceVersions.get(key) ?? []);
  if (isTorn && !isUnreviewed(world, job, key))
    return [`${told}, and it is no version of the source: ${JSON.stringify(now.content)}`];
  if (happened.sourceChanged.has(key) || happened.sourceDeleted.has(key)) return [];
  return unequalSmb(world, key, now).map((what) => `${told}, and its ${what}`);
}

/**
 * A file's source cannot be pinned: its directory is listed again when all of its segment is copied. A job that ends before
 * that, cancelled or failed, has not looked again at a file that changed while it was copied, and warns of it (docs/files.md).
 */
function isUnreviewed(world: ChaosWorld, job: string, key: string): boolean {
  const { status, warnings } = world.board(job);
  const { direction, spec } = world.scenario;
  const isPinned = direction.source === 'blob' || spec.consistency === 'snapshot';
  const isOpen = status === 'Cancelled' || status === 'Failed';
  const isTold = warnings.some((warning) => warning.startsWith('The job ended before it looked again'));
  return !isPinned && isOpen && isTold && world.happened.sourceChanged.has(key);
}

/** Attributes, times and permission, as far as the job keeps them. A directory's write time is the service's. */
function unequalSmb({ scenario, cloud }: ChaosWorld, key: string, now: MemoryObject): readonly string[] {
  const wanted = cloud.account('source').object('data', key)?.smb;
  const { preserveInfo, preservePermissions } = scenario.spec;
  if (wanted === undefined || now.smb === undefined) return [];
  const isDirectory = key.endsWith('/');
  const kept = [
    ...(preserveInfo === true ? (['attributes', 'creationTime'] as const) : []),
    ...(preserveInfo === true && !isDirectory ? (['lastWriteTime'] as const) : []),
  ];
  const told = (text: string, is?: string, was?: string): readonly string[] =>
    is === was ? [] : [`${text} is ${is ?? 'missing'}, not ${was ?? 'missing'}`];
  const permission = `O:${wanted.permissionKey ?? ''} at target`;
  return [
    ...kept.flatMap((name) => told(name, now.smb?.[name], wanted[name])),
    ...(preservePermissions === true ? told('permission', now.smb.permissionKey, permission) : []),
  ];
}

/**
 * A read-only file that stood there before the job; what a job has written itself must not stand in its way. Nor the job
 * that it retries, unless that one ended before it could say that it has finished a file, and this changed at the source
 * since then.
 */
export function wasReadOnly({ scenario, happened }: ChaosWorld, key: string, isRetry: boolean): boolean {
  const before = scenario.destinations.find((planned) => planned.key === key);
  return (
    before?.put.smb?.attributes?.includes('ReadOnly') === true || (isRetry && happened.sourceChanged.has(key))
  );
}

/** After a job in which nothing happened: the destination is the source, whatever stood there before. */
export function unequalObjects({ cloud, scenario }: ChaosWorld): readonly string[] {
  const [source, target] = [cloud.account('source'), cloud.account('target')];
  const unequal = source.keys('data').filter((key) => {
    if (key.endsWith('/') && scenario.spec.emptyDirectories !== true) return false;
    const [from, to] = [source.object('data', key), target.object('copy', key)];
    const isHalf = isUnfinished(to?.smb?.creationTime);
    return isHalf || JSON.stringify(from?.content) !== JSON.stringify(to?.content);
  });
  return unequal.map((key) => `${key} is not equal at the end`);
}
