import { Retry } from '../copy/retry.js';
import { CopyError, isCopyError } from '../job/copy-error.js';
import type { ContainerPair, JobSpec } from '../job/job-spec.js';
import { laneLimits, segmentLimits, serviceLimits } from '../job/limits.js';
import { laneCount } from '../plan/lane-count.js';
import { pairFor, pairsForAccount, pairsForRestore } from '../plan/pairs.js';
import type { Pairs } from '../record/pairs.js';
import type { SeenPage } from './first-page.js';
import type { Clock } from '../runtime/clock.js';
import type { AccountStore, ListOptions, ListPage, ObjectStore } from '../storage/store.js';

/** What a first look at both sides tells: enough to start a run, at most six requests for one container. */
export interface Survey {
  readonly pairs: Pairs;
  readonly lanes: number;
  readonly warnings: readonly string[];
  /** Absent where the scan will not begin with the same listing, or must not: extras are judged by a list of their time. */
  readonly first?: SeenPage;
}

export interface SurveyParts {
  readonly spec: JobSpec;
  readonly source: AccountStore;
  readonly destination: AccountStore;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Ask whether the destination may be written, so that a role on its way is waited for before any object is tried. */
  readonly provesWrites?: boolean;
}

const mostGroups = 8;

/**
 * Proves that both sides can be read before anything moves, finds the containers, and chooses the number of lanes.
 * Makes missing destination containers when the job asks for it and is no dry run. Throws `CopyError`.
 */
export async function survey(parts: SurveyParts): Promise<Survey> {
  const found = await findPairs(parts);
  const [first] = found;
  if (first === undefined) {
    const warnings = ['the source account has no container to copy'];
    return { pairs: store([], { source: false, destination: false }, []), lanes: laneLimits.small, warnings };
  }
  const source = await probeSource(parts, first);
  const [destination] = await Promise.all([probeDestination(parts, first), proveWrites(parts, first)]);
  const missing = await missingDestinations(parts, found, destination.present);
  return {
    pairs: store(found, { source: source.tags, destination: destination.tags }, missing),
    lanes: found.length === 1 ? source.lanes : lanesFor(parts.spec),
    warnings: [...source.warnings, ...destination.warnings, ...lossesOf(parts.spec)],
    ...(source.first === undefined ? {} : { first: source.first }),
  };
}

/** Lanes of a job with more pairs than one; only of a restore it is known beforehand how much there is. */
function lanesFor({ backup }: JobSpec): number {
  const isSmall = backup?.kind === 'restore' && backup.objects <= segmentLimits.operations;
  return isSmall ? laneLimits.few : laneLimits.default;
}

function store(pairs: readonly ContainerPair[], tags: Pairs['tags'], missing: readonly number[]): Pairs {
  const count = Math.max(1, Math.min(mostGroups, pairs.length));
  const groups = Array.from({ length: count }, (_, group) =>
    pairs.flatMap((__, index) => (index % count === group ? [index] : [])),
  );
  return { groups, pairs, tags, missingDestinations: missing };
}

async function findPairs(parts: SurveyParts): Promise<readonly ContainerPair[]> {
  const { spec } = parts;
  if (spec.backup?.kind === 'restore')
    return pairsForRestore(spec.source, spec.destination, spec.backup.homes);
  if (spec.source.kind !== 'account') return [pairFor(spec.source, spec.destination)];
  return pairsForAccount(await containersOf(parts, parts.source), spec.destination, spec.filters);
}

async function containersOf(parts: SurveyParts, account: AccountStore): Promise<readonly string[]> {
  const names: string[] = [];
  let token: string | undefined;
  do {
    const after = token;
    const page = await new Retry(parts).read(() => account.listContainers(after, parts.signal));
    names.push(...page.names);
    token = page.next;
  } while (token !== undefined);
  return names;
}

/** One page of what lies below a prefix, or, where there is no flat listing, in the directory that it names. */
function firstPage(store: ObjectStore, { prefix, ...options }: ListOptions): Promise<ListPage> {
  return store.capabilities.flat
    ? store.list({ prefix, ...options })
    : store.listDirectory({ directory: prefix.slice(0, prefix.lastIndexOf('/') + 1), ...options });
}

/** What one service holds and the other does not, said once. */
function lossesOf({ source, destination }: JobSpec): readonly string[] {
  const from = source.location.service;
  if (from === destination.service) return [];
  return from === 'files'
    ? ['The Blob service holds no SMB attributes, no times of 100 ns and no permissions: they are not kept.']
    : ['Azure Files holds no index tags and no access tiers: they are not kept.'];
}

interface TagProbe<T> {
  readonly found: T;
  readonly tags: boolean;
  readonly warnings: readonly string[];
}

/** `lanes`: as many as the first page can keep busy, when it is the whole listing. */
async function probeSource(parts: SurveyParts, pair: ContainerPair) {
  const { spec, signal } = parts;
  const container = parts.source.container(pair.sourceContainer);
  const listed = spec.source.kind === 'prefix' || spec.source.kind === 'account';
  const limit = listed ? serviceLimits.listPageObjects : 1;
  const probe = await probeTags(spec, 'source', container, (tags) =>
    new Retry(parts).read(() => firstPage(container, { prefix: pair.listPrefix, limit, tags, signal })),
  );
  const { objects, next } = probe.found;
  const one = spec.source.kind === 'object';
  const complete = next === undefined && objects.every(({ kind }) => kind === undefined);
  const look = one
    ? { objects: objects.filter((object) => object.key === pair.sourceBase), complete: true }
    : { objects, complete };
  const { sourceContainer, listPrefix: prefix } = pair;
  const first = { container: sourceContainer, prefix, tags: probe.tags, page: probe.found };
  const reuse = listed && spec.mirror === undefined && container.capabilities.flat;
  return { ...probe, lanes: laneCount(spec, look), first: reuse ? first : undefined };
}

/** `present`: the first destination container is there. */
async function probeDestination(parts: SurveyParts, pair: ContainerPair) {
  const { spec, signal } = parts;
  const container = parts.destination.container(pair.destinationContainer);
  const options = { prefix: pair.destinationBase, limit: 1, signal };
  const probe = await probeTags(spec, 'destination', container, async (tags) => {
    try {
      await new Retry(parts).read(() => firstPage(container, { ...options, tags }));
      return true;
    } catch (error) {
      if (isCopyError(error) && error.code === 'destination-container-not-found') return false;
      // A directory that the job will make.
      if (isCopyError(error) && error.status === 404) return true;
      throw error;
    }
  });
  return { ...probe, present: probe.found };
}

/** Throws `destination-role-missing` alone: whatever else is wrong is told better by the requests that do the work. */
async function proveWrites(parts: SurveyParts, { destinationContainer, destinationBase }: ContainerPair) {
  const { destination, signal } = parts;
  if (parts.provesWrites !== true || destination.probes === undefined) return;
  const folder = destinationBase.slice(0, destinationBase.lastIndexOf('/') + 1);
  try {
    await destination.probes.write(destinationContainer, `${folder}.tranship-preflight`, signal);
  } catch (error) {
    if (isCopyError(error) && error.code === 'destination-role-missing') throw error;
  }
}

/** One request with tags when they are wanted; one more without them when they are refused. */
async function probeTags<T>(
  spec: JobSpec,
  side: 'source' | 'destination',
  { capabilities }: ObjectStore,
  list: (tags: boolean) => Promise<T>,
): Promise<TagProbe<T>> {
  if (spec.tags === 'require' && !capabilities.tags) {
    throw new CopyError('unsupported', `the ${side} has no index tags`, { retryable: false });
  }
  if (spec.tags === 'off' || !capabilities.tags)
    return { found: await list(false), tags: false, warnings: [] };
  try {
    return { found: await list(true), tags: true, warnings: [] };
  } catch (error) {
    const refused = isCopyError(error) && ['tags-not-permitted', `${side}-role-missing`].includes(error.code);
    if (!refused || spec.tags === 'require') throw error;
  }
  const found = await list(false);
  const warning = `Index tags are not copied: the identity may not read them at the ${side}, as Storage Blob Data Owner may, or the account has none.`;
  return { found, tags: false, warnings: [warning] };
}

/**
 * Makes missing destination containers, or, in a dry run, gives the indexes of pairs whose destination counts as
 * empty. Throws `destination-container-not-found` when the job does not ask for containers.
 */
async function missingDestinations(
  parts: SurveyParts,
  pairs: readonly ContainerPair[],
  firstIsPresent: boolean,
): Promise<readonly number[]> {
  const { spec, destination, signal } = parts;
  const one = firstIsPresent ? pairs.map((pair) => pair.destinationContainer) : [];
  const present = pairs.length > 1 ? await containersOf(parts, destination) : one;
  const missing = pairs.flatMap((pair, index) =>
    present.includes(pair.destinationContainer) ? [] : [index],
  );
  const names = new Set(missing.map((index) => pairs[index]?.destinationContainer ?? ''));
  if (names.size > 0 && !spec.createContainers) {
    const text = `the destination has no ${spec.destination.service === 'files' ? 'share' : 'container'} ${[...names].join(', ')}; create it, or ask for createContainers (--create-containers)`;
    throw new CopyError('destination-container-not-found', text, { retryable: false });
  }
  if (spec.dryRun) return missing;
  for (const name of names) await new Retry(parts).read(() => destination.createContainer(name, signal));
  return [];
}
