import { isAddressable } from '../job/encode-key.js';
import type { JobSpec } from '../job/job-spec.js';
import { isUnfinished } from '../job/unfinished-file.js';
import type {
  CopyReason,
  ObjectProperties,
  Operation,
  Skip,
  SkipReason,
  StringMap,
} from '../job/operation.js';
import type { ListedObject } from '../storage/store.js';
import { filesPart, findBlobObstacle, findFilesObstacle, sameSmb } from './files-diff.js';
import type { ListFailure } from './segment.js';

/** What the identities and the accounts of this job can keep; found out by the preflight. */
export interface Keepable {
  /** Tags can be read at the source and written at the destination. */
  readonly tags: boolean;
  /** The destination has access tiers. */
  readonly tiers: boolean;
  /** The destination is Azure Files: it has rules for names, and is told everything by the copy itself. */
  readonly ranges?: boolean;
  /** Both sides have attributes, times to 100 ns and security descriptors. */
  readonly smb?: boolean;
}

/** One source object that passed the filters, and what the destination has under its name. */
export interface DiffInput {
  /** Index into the job's container pairs. */
  readonly pair: number;
  /** Relative key. */
  readonly key: string;
  /** Full key at the destination. */
  readonly destinationKey: string;
  /** Relative key at the destination, where it is not `key`. */
  readonly target?: string;
  /** Why the destination cannot take the name beside another of the source. */
  readonly collision?: string;
  /** As of {@link Operation}. */
  readonly presentDirectories?: number;
  readonly source: ListedObject;
  readonly destination: ListedObject | undefined;
  readonly spec: JobSpec;
  readonly keepable: Keepable;
}

export type Decision =
  | { readonly kind: 'copy'; readonly operation: Operation }
  | { readonly kind: 'skip'; readonly skip: Skip }
  | { readonly kind: 'failure'; readonly failure: ListFailure };

/**
 * Decides what one object needs, from both listings alone. What cannot be copied fails only if it would have to be
 * copied: an archived object whose copy is up to date is skipped like any other.
 *
 * The operation carries `properties` and `metadata` when the request cannot take them from the source by itself: for
 * objects above `spec.singleShotBytes`, and for smaller ones whose metadata must be dropped (then `metadata` is empty).
 * `properties` also stands there, complete, when the spec overrides some of them.
 */
export function decide(input: DiffInput): Decision {
  const { pair, key, destinationKey, source } = input;
  const reason = judge(input);
  if (reason.skip !== undefined) {
    return skipped(input, reason.skip);
  }
  if (destinationKey === '' && source.sizeBytes === 0) {
    // The marker of the very folder that is copied: it has no name at the destination, and nothing to carry.
    return skipped(input, 'excluded');
  }
  const obstacle = findObstacle(input);
  return obstacle === undefined
    ? { kind: 'copy', operation: buildOperation(input, reason.copy) }
    : { kind: 'failure', failure: { pair, key, ...obstacle } };
}

/** A listed object that needs no work, as it is recorded. */
export function skipped(
  { pair, key, source }: Pick<DiffInput, 'pair' | 'key' | 'source'>,
  reason: SkipReason,
): Extract<Decision, { kind: 'skip' }> {
  return { kind: 'skip', skip: { pair, key, reason, sizeBytes: source.sizeBytes } };
}

type Judgement =
  | { readonly copy: CopyReason; readonly skip?: undefined }
  | { readonly skip: SkipReason; readonly copy?: undefined };

function judge(input: DiffInput): Judgement {
  const { source, destination, spec } = input;
  if (destination === undefined) {
    return { copy: 'new' };
  }
  if (isHalf(destination)) {
    return { copy: 'different' };
  }
  if (source.kind === 'directory') {
    return sameSmb(input, destination) ? { skip: 'same' } : { copy: 'different' };
  }
  switch (spec.overwrite) {
    case 'always':
      return { copy: 'always' };
    case 'never':
      return { skip: 'exists' };
    case 'ifNewer':
      return timeOf(source) > timeOf(destination) ? { copy: 'newer' } : { skip: 'not-newer' };
    case 'ifDifferent':
      return sameContent(source, destination) && sameSettings(input, destination)
        ? { skip: 'same' }
        : { copy: 'different' };
  }
}

/** A file that a job began to fill and did not finish. */
function isHalf({ smb }: ListedObject): boolean {
  return isUnfinished(smb?.creationTime);
}

function sameContent(source: ListedObject, destination: ListedObject): boolean {
  if (source.sizeBytes !== destination.sizeBytes) {
    return false;
  }
  return source.md5 !== undefined && destination.md5 !== undefined
    ? source.md5 === destination.md5
    : timeOf(destination) >= timeOf(source);
}

/** Compares only what the spec asks to be preserved or set, and what both listings tell. */
function sameSettings(input: DiffInput, destination: ListedObject): boolean {
  const { source, spec, keepable } = input;
  const tags = wantedTags(source, spec, keepable);
  const tier = spec.setTier ?? (spec.tier === 'require' ? explicitTier(source) : undefined);
  return (
    (destination.unlisted === true || sameTold(source, spec, destination)) &&
    (tags === undefined || sameMap(tags, destination.tags ?? {})) &&
    (keepable.ranges === true || sameTier(tier, destination)) &&
    sameSmb(input, destination)
  );
}

/** Metadata and properties; names of metadata as HTTP headers are, without case. */
function sameTold(source: ListedObject, spec: JobSpec, destination: ListedObject): boolean {
  const kept = spec.preserveMetadata && source.unlisted !== true ? source.metadata : undefined;
  const metadata = spec.metadata ?? kept;
  return (
    (metadata === undefined || sameMap(lowerKeys(metadata), lowerKeys(destination.metadata))) &&
    sameOverrides(spec.properties ?? {}, destination.properties)
  );
}

function sameTier(wanted: string | undefined, destination: ListedObject): boolean {
  return wanted === undefined || wanted.toLowerCase() === destination.tier?.toLowerCase();
}

function findObstacle({
  source,
  destinationKey,
  collision,
  keepable,
}: DiffInput): Pick<ListFailure, 'reason' | 'rule'> | undefined {
  if (!isAddressable(source.key) || !isAddressable(destinationKey)) {
    return { reason: 'name-not-addressable' };
  }
  const obstacle =
    keepable.ranges === true
      ? findFilesObstacle(source, destinationKey, collision)
      : findBlobObstacle(source, destinationKey);
  if (obstacle !== undefined) {
    return obstacle;
  }
  // A range can be read from a blob of any type.
  if (source.blobType !== 'BlockBlob' && keepable.ranges !== true) {
    return { reason: 'source-type-unsupported' };
  }
  return source.tier === 'Archive' ? { reason: 'source-archived' } : undefined;
}

function buildOperation(input: DiffInput, reason: CopyReason): Operation {
  const { pair, key, source, destination, spec, keepable } = input;
  const tier = spec.setTier ?? (spec.tier === 'off' || !keepable.tiers ? undefined : explicitTier(source));
  const tags = wantedTags(source, spec, keepable);
  return {
    action: 'copy',
    pair,
    key,
    reason,
    sizeBytes: source.sizeBytes,
    etag: source.etag,
    lastModified: source.lastModified,
    ...(destination === undefined ? {} : { destinationEtag: destination.etag }),
    ...(source.md5 === undefined ? {} : { md5: source.md5 }),
    ...(tier === undefined ? {} : { tier }),
    ...(tags === undefined || Object.keys(tags).length === 0 ? {} : { tags }),
    ...carriedSettings(source, spec, keepable.ranges === true),
    ...filesPart(input),
  };
}

/** What the copy must say itself because the service would not, or would not as wanted, take it from the source. */
function carriedSettings(
  source: ListedObject,
  spec: JobSpec,
  always: boolean,
): { properties?: ObjectProperties; metadata?: StringMap } {
  if (source.unlisted === true) {
    // Only a look at the source tells what there is; nothing at all is said by an empty set.
    return spec.preserveMetadata || spec.metadata !== undefined ? {} : { metadata: {} };
  }
  const metadata = spec.metadata ?? (spec.preserveMetadata ? source.metadata : {});
  const dropsMetadata = Object.keys(metadata).length === 0 && Object.keys(source.metadata).length > 0;
  const properties = { ...(spec.preserveProperties ? source.properties : {}), ...spec.properties };
  if (always || source.sizeBytes > spec.singleShotBytes || dropsMetadata) {
    return { properties, metadata };
  }
  return spec.properties === undefined ? {} : { properties };
}

/** Tags that the copy is to have; undefined when they are not to be kept, or cannot be. */
export function wantedTags(source: ListedObject, spec: JobSpec, keepable: Keepable): StringMap | undefined {
  return spec.tags === 'off' || !keepable.tags ? undefined : (source.tags ?? {});
}

/** The tier that was set; an inferred one comes from the account's default and stays inferred at the destination. */
export function explicitTier(source: ListedObject): string | undefined {
  return source.tierInferred === true ? undefined : source.tier;
}

function timeOf(object: ListedObject): number {
  return Date.parse(object.lastModified);
}

function lowerKeys(map: StringMap): StringMap {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key.toLowerCase(), value]));
}

/** True for the same keys with the same values. */
export function sameMap(a: StringMap, b: StringMap): boolean {
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key])
  );
}

function sameOverrides(overrides: ObjectProperties, present: ObjectProperties): boolean {
  return (Object.keys(overrides) as (keyof ObjectProperties)[]).every(
    (name) => overrides[name] === present[name],
  );
}
