import { escapeFileName } from '../job/file-name.js';
import type { ContainerPair, JobSpec } from '../job/job-spec.js';
import type { DiffInput } from './diff.js';
import type { ScanRow } from './rows.js';

/** What the row tells of the object's place at the destination. */
export function placeOf(
  { key, target, collision, presentDirectories }: ScanRow,
  { destinationBase }: ContainerPair,
  { destination, escapeNames }: JobSpec,
): Pick<DiffInput, 'destinationKey' | 'target' | 'collision' | 'presentDirectories'> {
  const named = destination.service === 'files' && escapeNames === true ? escapeFileName(key) : key;
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
