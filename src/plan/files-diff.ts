import { fileNameProblem } from '../job/file-name.js';
import { serviceLimits } from '../job/limits.js';
import type { Operation, SmbProperties } from '../job/operation.js';
import type { ListedObject } from '../storage/store.js';
import type { DiffInput } from './diff.js';
import type { ListFailure } from './segment.js';

/** Attributes and times, as far as they are to be kept. Security descriptors have other keys in every share. */
export function sameSmb({ source, spec, keepable }: DiffInput, destination: ListedObject): boolean {
  if (spec.preserveInfo !== true || keepable.smb !== true) {
    return true;
  }
  const [wanted, present] = [source.smb ?? {}, destination.smb ?? {}];
  return (
    sameAttributes(wanted.attributes, present.attributes) &&
    wanted.creationTime === present.creationTime &&
    // Whatever is done in a directory changes its time.
    (source.kind === 'directory' || wanted.lastWriteTime === present.lastWriteTime)
  );
}

/** The service sets `Archive` on what is written, and says `None` or `Normal` for nothing. */
function sameAttributes(wanted = 'None', present = 'None'): boolean {
  const words = (text: string): string =>
    text
      .split('|')
      .map((word) => word.trim().toLowerCase())
      .filter((word) => !['none', 'normal', 'archive', ''].includes(word))
      .sort()
      .join();
  return words(wanted) === words(present);
}

/** Why Azure Files cannot hold the object. */
export function findFilesObstacle(
  source: ListedObject,
  destinationKey: string,
  collision: string | undefined,
): Pick<ListFailure, 'reason' | 'rule'> | undefined {
  const path = source.kind === 'directory' ? destinationKey.slice(0, -1) : destinationKey;
  const rule = fileNameProblem(path) ?? collision;
  if (rule !== undefined) {
    return { reason: 'name-not-allowed', rule };
  }
  return source.sizeBytes > serviceLimits.fileBytes ? { reason: 'too-large' } : undefined;
}

/** What an operation carries for the sake of Azure Files, on either side. */
export function filesPart(
  input: DiffInput,
): Pick<Operation, 'kind' | 'destinationKey' | 'presentDirectories' | 'unlisted' | 'smb'> {
  const { source, target, presentDirectories } = input;
  const smb = wantedSmb(input);
  return {
    ...(source.kind === undefined ? {} : { kind: source.kind }),
    ...(target === undefined ? {} : { destinationKey: target }),
    ...(presentDirectories === undefined ? {} : { presentDirectories }),
    ...(source.unlisted === true ? { unlisted: true } : {}),
    ...(smb === undefined ? {} : { smb }),
  };
}

function wantedSmb({ source, spec, keepable }: DiffInput): SmbProperties | undefined {
  if (source.smb === undefined || keepable.smb !== true) {
    return undefined;
  }
  const { permissionKey, ...info } = source.smb;
  const smb = {
    ...(spec.preserveInfo === true ? info : {}),
    ...(spec.preservePermissions === true && permissionKey !== undefined ? { permissionKey } : {}),
  };
  return Object.keys(smb).length === 0 ? undefined : smb;
}

/**
 * Why a container cannot hold the object. A name of the Blob service has at most 1,024 characters. And it cannot name a
 * source in Azure Files whose name, or that of a directory above it, ends in a dot: such dots are trimmed without a header
 * that it does not send, and another file might be read. AzCopy leaves them out, too.
 */
export function findBlobObstacle(
  source: ListedObject,
  destinationKey: string,
): Pick<ListFailure, 'reason' | 'rule'> | undefined {
  if (destinationKey.length > serviceLimits.nameCharacters) {
    return { reason: 'name-not-allowed', rule: 'path-too-long' };
  }
  const isTrimmed = source.smb !== undefined && source.kind === undefined && /\.(?:\/|$)/.test(source.key);
  return isTrimmed ? { reason: 'name-not-allowed', rule: 'trailing-dot' } : undefined;
}
