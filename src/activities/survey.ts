import { withRetry } from '../copy/retry.js';
import { CopyError, isCopyError } from '../job/copy-error.js';
import type { ContainerPair, JobSpec } from '../job/job-spec.js';
import { laneLimits } from '../job/limits.js';
import { pairFor, pairsForAccount } from '../plan/container-pairs.js';
import type { Pairs } from '../record/pairs.js';
import type { Clock } from '../runtime/clock.js';
import type { AccountStore } from '../storage/store.js';

/** What a first look at both sides tells: enough to start a run, at most six requests for one container. */
export interface Survey {
  readonly pairs: Pairs;
  readonly lanes: number;
  readonly warnings: readonly string[];
}

export interface SurveyParts {
  readonly spec: JobSpec;
  readonly source: AccountStore;
  readonly destination: AccountStore;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Objects on the probing page; a source that fits on it is a small job. */
const probeObjects = 500;
const mostGroups = 8;

/**
 * Proves that both sides can be read before anything moves, finds the containers, and chooses the number of lanes.
 * Makes missing destination containers when the job asks for it and is no dry run. Throws `CopyError`.
 */
export async function survey(parts: SurveyParts): Promise<Survey> {
  const pairs = await findPairs(parts);
  const [first] = pairs;
  if (first === undefined) {
    return {
      pairs: store([], true, []),
      lanes: laneLimits.small,
      warnings: ['the source account has no matching container'],
    };
  }
  const probe = await probeSource(parts, first);
  const missingDestinations = await findDestinations(parts, pairs);
  const small = pairs.length === 1 && probe.small;
  return {
    pairs: store(pairs, probe.tags, missingDestinations),
    lanes: small ? laneLimits.small : laneLimits.default,
    warnings: probe.warnings,
  };
}

function store(
  pairs: readonly ContainerPair[],
  tags: boolean,
  missingDestinations: readonly number[],
): Pairs {
  const count = Math.max(1, Math.min(mostGroups, pairs.length));
  const groups = Array.from({ length: count }, (_, group) =>
    pairs.flatMap((__, index) => (index % count === group ? [index] : [])),
  );
  return { groups, pairs, tags, missingDestinations };
}

async function findPairs(parts: SurveyParts): Promise<readonly ContainerPair[]> {
  const { spec } = parts;
  if (spec.source.kind !== 'account') return [pairFor(spec.source, spec.destination)];
  const containers = await containersOf(parts, parts.source);
  return pairsForAccount(containers, spec.filters);
}

async function containersOf(parts: SurveyParts, account: AccountStore): Promise<readonly string[]> {
  const names: string[] = [];
  let token: string | undefined;
  do {
    const page = await withRetry(() => account.listContainers(token, parts.signal), parts);
    names.push(...page.names);
    token = page.next;
  } while (token !== undefined);
  return names;
}

interface Probe {
  readonly small: boolean;
  readonly tags: boolean;
  readonly warnings: readonly string[];
}

/** Reads the source once: with tags when they are wanted, without when they are not permitted. */
async function probeSource(parts: SurveyParts, pair: ContainerPair): Promise<Probe> {
  const { spec } = parts;
  if (spec.tags === 'off') return { small: await looksSmall(parts, pair, false), tags: false, warnings: [] };
  try {
    return { small: await looksSmall(parts, pair, true), tags: true, warnings: [] };
  } catch (error) {
    if (!isCopyError(error) || error.code !== 'source-role-missing' || spec.tags === 'require') throw error;
    const small = await looksSmall(parts, pair, false);
    const warning =
      'index tags are not copied: the identity may not read them at the source (Storage Blob Data Owner can)';
    return { small, tags: false, warnings: [warning] };
  }
}

async function looksSmall(parts: SurveyParts, pair: ContainerPair, tags: boolean): Promise<boolean> {
  const { spec, signal } = parts;
  const container = parts.source.container(pair.sourceContainer);
  const many = spec.source.kind === 'prefix' || spec.source.kind === 'account';
  const options = { prefix: pair.listPrefix, limit: many ? probeObjects : 1, tags, signal };
  const page = await withRetry(() => container.list(options), parts);
  if (spec.source.kind === 'list') return spec.source.entries <= probeObjects;
  return spec.source.kind === 'object' || page.next === undefined;
}

/** Indexes of pairs whose destination container is to be taken as empty, because a dry run makes none. */
async function findDestinations(
  parts: SurveyParts,
  pairs: readonly ContainerPair[],
): Promise<readonly number[]> {
  const { spec, destination, signal } = parts;
  const [only] = pairs;
  const present =
    pairs.length === 1 && only !== undefined
      ? await withRetry(() => destination.containerExists(only.destinationContainer, signal), parts).then(
          (exists) => (exists ? [only.destinationContainer] : []),
        )
      : await containersOf(parts, destination);
  const missing = pairs.flatMap((pair, index) =>
    present.includes(pair.destinationContainer) ? [] : [index],
  );
  if (missing.length > 0 && !spec.createContainers) {
    const names = missing.map((index) => pairs[index]?.destinationContainer).join(', ');
    const text = `the destination has no container ${names}; create it, or ask for createContainers`;
    throw new CopyError('destination-container-not-found', text, { retryable: false });
  }
  if (spec.dryRun) return missing;
  for (const index of missing) {
    const name = pairs[index]?.destinationContainer ?? '';
    await withRetry(() => destination.createContainer(name, signal), parts);
  }
  return [];
}
