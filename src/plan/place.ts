import { escapeFileName } from '../job/file-name.js';
import type { ContainerPair, JobSpec } from '../job/job-spec.js';
import type { DiffInput } from './diff.js';
import type { ScanRow } from './rows.js';

/**
 * A relative name as a share takes it. A single object has none: its whole name is the destination of the pair, and was
 * decided with the request. That of a directory ends in `/`.
 */
export function escapedName(key: string, isDirectory: boolean): string {
  if (key === '') return key;
  return isDirectory ? `${escapeFileName(key.slice(0, -1))}/` : escapeFileName(key);
}

/** What the row tells of the object's place at the destination. */
export function placeOf(
  { key, source, target, collision, presentDirectories }: ScanRow,
  { destinationBase }: ContainerPair,
  { destination, escapeNames }: JobSpec,
): Pick<DiffInput, 'destinationKey' | 'target' | 'collision' | 'presentDirectories'> {
  const isEscaped = destination.service === 'files' && escapeNames === true;
  const named = isEscaped ? escapedName(key, source?.kind === 'directory') : key;
  const relative = target ?? (named === key ? undefined : named);
  const baseDepth = destinationBase.split('/').length - 1;
  const present = presentDirectories === undefined ? 0 : baseDepth + presentDirectories;
  const destinationKey = destinationBase + (relative ?? key);
  const needed = destinationKey.replace(/\/$/, '').split('/').length - 1;
  return {
    destinationKey,
    ...(relative === undefined ? {} : { target: relative }),
    ...(collision === undefined ? {} : { collision }),
    ...(destination.service === 'files' && present < needed ? { presentDirectories: present } : {}),
  };
}
