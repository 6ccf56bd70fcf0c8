import { CopyError } from '../job/copy-error.js';
import { isAddressable } from '../job/encode-key.js';
import type { ContainerPair, JobSpec } from '../job/job-spec.js';
import { objectSizes, segmentLimits } from '../job/limits.js';
import type { Operation } from '../job/operation.js';
import type { ListedObject, ObjectStore } from '../storage/store.js';
import { decide, type Decision, type DiffInput, skipped, type Keepable } from './diff.js';
import { decideIncremental } from './incremental.js';
import { isLost } from './manifest-object.js';
import { compileFilters, type CompiledFilters } from './filter.js';
import type { Attempt } from './listing.js';
import { placeOf } from './place.js';
import { listedRows, namedRows, type RowStream, type ScanRow } from './rows.js';
import { compileScope, type Scope } from './scope.js';
import { SegmentBuilder, type SegmentLimits } from './segment-builder.js';
import type { ScanCursor, SegmentDraft } from './segment.js';

/** One container pair of a scan group. */
export interface GroupPair {
  /** Index into the job's container pairs, as operations carry it. */
  readonly index: number;
  readonly pair: ContainerPair;
}

/** Both sides of a container pair, open. */
export interface OpenedPair {
  readonly source: ObjectStore;
  readonly destination: ObjectStore;
  /** True: the destination container does not exist and counts as empty. */
  readonly destinationMissing?: boolean;
}

export interface ScanOptions {
  /** One pair for the kinds `prefix`, `object` and `list`; any number for `account`. */
  readonly pairs: readonly GroupPair[];
  /** Called once for each pair, when its turn has come. */
  readonly open: (pair: GroupPair) => Promise<OpenedPair>;
  /** Of an earlier segment of the same group: the scan goes on behind it. */
  readonly cursor?: ScanCursor;
  readonly spec: JobSpec;
  /** Kind `list` only: the stored keys from the given index on. */
  readonly keys?: (from: number) => AsyncIterable<string>;
  /** ISO 8601: when the job's scan began; younger objects at the destination are not extras. */
  readonly startedAt: string;
  /** Where the preflight found that tags may be read and written. */
  readonly tagsAllowed: { readonly source: boolean; readonly destination: boolean };
  readonly limits?: SegmentLimits;
  /** Asked between objects: true hands out what there is, and the scan goes on. */
  readonly shouldFlush?: () => boolean;
  /** Runs each request; by default once. */
  readonly attempt?: Attempt;
  readonly signal: AbortSignal;
}

/**
 * Compares source and destination and yields what is to be done, in listing order, as segments. Writes nothing. All
 * segments of a scan together are the same wherever it is cut by limits or `shouldFlush`, and whether it runs through or
 * goes on from the cursor of any of its segments. The last segment has no cursor; there is always one, also for an empty
 * source. Breaking off the iteration gives up a page that is under way.
 *
 * An extra (mirror of the kinds `prefix` and `account`) is an object of the destination within the scope and passing the
 * name filters, absent from the unfiltered source listing, last modified in a second before `startedAt`. Containers
 * that only the destination has are never looked at.
 *
 * Throws `listing-order`, `tags-not-permitted` when a filter asks for tags that may not be read, `bad-request` for bad
 * filters, and what the stores throw.
 */
export async function* scanGroup(options: ScanOptions): AsyncGenerator<SegmentDraft, void, undefined> {
  const { pairs, shouldFlush = () => false, signal } = options;
  const builder = new SegmentBuilder(options.limits ?? segmentLimits, largeFrom(options.spec));
  const filters = compileFilters(options.spec.filters);
  let cursor = options.cursor ?? { pair: 0, source: {}, destination: {} };
  for (const [position, groupPair] of pairs.entries()) {
    if (position < cursor.pair) {
      continue;
    }
    const opened = await options.open(groupPair);
    const settle = createSettler(options, groupPair, opened, filters, builder);
    const rows = openRows(options, groupPair, opened, cursor);
    try {
      for (let row = await rows.peek(); row !== undefined; row = await rows.peek()) {
        signal.throwIfAborted();
        if (!builder.isFresh && (builder.endsBefore(row.stretch) || shouldFlush())) {
          yield builder.finish({ pair: position, ...rows.position() });
        }
        rows.take(row);
        builder.countRow(row.stretch);
        settle(row);
      }
    } finally {
      rows.close();
    }
    cursor = { pair: position + 1, source: {}, destination: {} };
    if (cursor.pair < pairs.length && shouldFlush()) {
      yield builder.finish(cursor);
    }
  }
  yield builder.finish();
}

/** What one request may copy is no large object, however big; to Azure Files no request copies a whole object. */
function largeFrom({ destination, singleShotBytes }: JobSpec): number {
  return destination.service === 'files'
    ? objectSizes.largeBytes
    : Math.max(objectSizes.largeBytes, singleShotBytes);
}

function openRows(
  options: ScanOptions,
  { pair }: GroupPair,
  opened: OpenedPair,
  cursor: ScanCursor,
): RowStream {
  const { spec, signal } = options;
  const rowOptions = {
    pair,
    source: opened.source,
    destination: opened.destination,
    destinationMissing: opened.destinationMissing ?? false,
    tags: tagsToRead(options, opened),
    cursor,
    attempt: options.attempt ?? once,
    signal,
    meeting: {
      escape: spec.escapeNames === true,
      directories: spec.emptyDirectories === true,
      recursive: spec.source.kind !== 'prefix' || spec.source.recursive,
    },
  };
  switch (spec.source.kind) {
    case 'object':
      return namedRows(rowOptions, only(''));
    case 'list': {
      const { keys } = options;
      if (keys === undefined) {
        throw new CopyError('unexpected', 'a list of keys is scanned without its keys', { retryable: false });
      }
      return namedRows(rowOptions, keys(cursor.nextKey ?? 0));
    }
    default:
      return listedRows(rowOptions, spec.mirror !== undefined);
  }
}

/** Settles one row into the builder. */
function createSettler(
  { spec, startedAt, tagsAllowed }: ScanOptions,
  { index, pair }: GroupPair,
  opened: OpenedPair,
  filters: CompiledFilters,
  builder: SegmentBuilder,
): (row: ScanRow) => void {
  const scope: Scope = compileScope(spec.source, pair);
  const keepable = findKeepable(tagsAllowed, opened);
  const judge = judgeOf(spec);
  const isListed = spec.source.kind === 'prefix' || spec.source.kind === 'account';
  // Last-Modified has whole seconds: an object of the same second may be younger than the scan.
  const extraBefore = Math.floor(Date.parse(startedAt) / 1000) * 1000;
  return (row) => {
    const { key, source, destination } = row;
    if (!scope(key) || isForeignDirectory(row)) {
      return;
    }
    builder.countListed(source, destination);
    if (source !== undefined) {
      const input = { pair: index, key, source, destination, ...placeOf(row, pair, spec) };
      const passes = filters.passes(source, key === '' ? baseName(source.key) : key);
      builder.add(passes ? judge({ ...input, spec, keepable }) : skipped(input, 'excluded'), row.stretch);
    } else if (!isListed) {
      const reason = isAddressable(pair.sourceBase + key) ? 'source-not-found' : 'name-not-addressable';
      builder.add({ kind: 'failure', failure: { pair: index, key, reason } });
    } else if (
      destination !== undefined &&
      spec.mirror !== undefined &&
      filters.passesName(key) &&
      Date.parse(destination.lastModified) < extraBefore
    ) {
      builder.add({ kind: 'copy', operation: deletion(index, key, destination) });
    }
  };
}

/** How one object of the source is decided; one that a manifest names and nobody finds fails. */
function judgeOf({ backup }: JobSpec): (input: DiffInput) => Decision {
  if (backup?.kind === 'incremental') return decideIncremental;
  return (input) =>
    isLost(input.source)
      ? { kind: 'failure', failure: { pair: input.pair, key: input.key, reason: 'source-not-found' } }
      : decide(input);
}

/** A mirror deletes files; the directories that only the destination has stay. */
function isForeignDirectory({ source, destination }: ScanRow): boolean {
  return source === undefined && destination?.kind === 'directory';
}

function deletion(pair: number, key: string, destination: ListedObject): Operation {
  const { sizeBytes, etag, lastModified } = destination;
  return { action: 'delete', pair, key, reason: 'extra', sizeBytes, etag, lastModified };
}

function findKeepable(
  tagsAllowed: ScanOptions['tagsAllowed'],
  { source, destination }: OpenedPair,
): Keepable {
  return {
    tags:
      tagsAllowed.source &&
      tagsAllowed.destination &&
      source.capabilities.tags &&
      destination.capabilities.tags,
    tiers: destination.capabilities.tiers,
    ranges: destination.capabilities.ranges,
    smb: source.capabilities.smb && destination.capabilities.smb,
  };
}

/** Asks for tags only where they decide something: some services refuse or charge for the question. */
function tagsToRead(
  { spec, tagsAllowed }: ScanOptions,
  opened: OpenedPair,
): { readonly source: boolean; readonly destination: boolean } {
  const kept = spec.tags !== 'off' && findKeepable(tagsAllowed, opened).tags;
  const { include, exclude } = spec.filters;
  const filtered = include?.tags !== undefined || exclude?.tags !== undefined;
  if (filtered && !(tagsAllowed.source && opened.source.capabilities.tags)) {
    throw new CopyError('tags-not-permitted', 'a filter asks for tags, and the source does not show them', {
      retryable: false,
    });
  }
  return { source: kept || filtered, destination: kept && spec.overwrite === 'ifDifferent' };
}

function baseName(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}

const once: Attempt = (request) => request();

async function* only(key: string): AsyncGenerator<string, void, undefined> {
  await Promise.resolve();
  yield key;
}
