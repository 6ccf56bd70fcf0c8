import pLimit from 'p-limit';
import { Retry } from '../copy/retry.js';
import { isCopyError } from '../job/copy-error.js';
import type { JobSpec } from '../job/job-spec.js';
import { defaultDeleteGuard } from '../job/limits.js';
import type { ContainerStore, ListedObject } from '../storage/store.js';
import { replicationJobId, requestIdOf } from './lineage.js';
import type { Change } from './match-rules.js';
import type { ReplicaTask } from './replica-task.js';
import { isPassing } from './replica-result.js';
import type { ReplicaResult } from './replica-result.js';
import { replicateObject } from './replicate-object.js';
import type { ReplicatorServices } from './replicator-services.js';
import { specOfRule } from './rule-book.js';
import type { TagMemory } from './rule-tags.js';
import { replicationNames } from './state-names.js';

/** Objects below a renamed or deleted directory that are dealt with at once; a larger one takes a job. */
const treeObjects = 1000;
const treeInFlight = 8;

interface Ends {
  readonly source: ContainerStore;
  readonly destination: ContainerStore;
  readonly spec: JobSpec;
}

/** Carries a change out, of one object or of all below a directory. Safe to run twice. Does not throw. */
export async function performChange(
  services: ReplicatorServices,
  tags: TagMemory,
  change: Change,
): Promise<ReplicaResult> {
  try {
    const ends = openEnds(services, change);
    if (!change.tree) return await replicateObject(taskOf(services, tags, ends, change));
    return await performTree(services, tags, ends, change);
  } catch (error) {
    const reason = isCopyError(error) ? error.code : 'unexpected';
    return { outcome: 'failed', reason, ...(isCopyError(error) ? { message: error.message } : {}) };
  }
}

function openEnds(services: ReplicatorServices, { rule, target, passed }: Change): Ends {
  const place = rule.rule.targets[target];
  if (place === undefined) throw new RangeError('the rule has no such target any more');
  const { source } = rule.rule;
  const requestId = requestIdOf(passed, rule.id);
  return {
    source: services.open('source', source.account, requestId).container(source.container),
    destination: services.open('destination', place.account, requestId).container(place.container),
    spec: specOfRule(rule.rule, place),
  };
}

function taskOf(services: ReplicatorServices, tags: TagMemory, ends: Ends, change: Change): ReplicaTask {
  const { rule, id } = change.rule;
  const sourceKey = rule.source.prefix + change.key;
  const destinationKey = ends.spec.destination.prefix + change.key;
  const name = { rule: id, target: change.target, key: change.key };
  return {
    change,
    source: ends.source,
    destination: ends.destination,
    tags: tags.of(rule),
    clock: services.clock,
    signal: services.signal(),
    sourceKey,
    destinationKey,
    isTombstoned: async () => (await services.state.get(replicationNames.tombstone(name))) !== undefined,
    handOver: (found, how) => startCopy(services, ends, change, { sourceKey, destinationKey, found, how }),
  };
}

interface LargeObject {
  readonly sourceKey: string;
  readonly destinationKey: string;
  readonly found: ListedObject;
  readonly how: Pick<JobSpec, 'overwrite' | 'metadata'>;
}

function startCopy(
  services: ReplicatorServices,
  { spec }: Ends,
  { rule, target }: Change,
  { sourceKey, destinationKey, found, how }: LargeObject,
): Promise<void> {
  const location = { ...spec.source.location, prefix: sourceKey };
  return services.startJob({
    id: replicationJobId(rule.id, [String(target), sourceKey, found.etag]),
    rule: rule.rule.name,
    kind: 'copy',
    spec: {
      ...spec,
      ...how,
      source: { kind: 'object', location, key: sourceKey },
      destination: { ...spec.destination, prefix: destinationKey },
      filters: {},
    },
  });
}

async function performTree(
  services: ReplicatorServices,
  tags: TagMemory,
  ends: Ends,
  change: Change,
): Promise<ReplicaResult> {
  const deletes = change.kind === 'deleted';
  const [store, base] = deletes
    ? [ends.destination, ends.spec.destination.prefix]
    : [ends.source, ends.spec.source.location.prefix];
  const { conflict } = change.rule.rule;
  // A job asks nobody whose an object is: neither one that others wrote, nor one that they deleted.
  const oneByOne = conflict !== 'sourceWins';
  const limit = pLimit(treeInFlight);
  const results: ReplicaResult[] = [];
  let token: string | undefined;
  do {
    const signal = services.signal();
    const from = token === undefined ? {} : { token };
    const page = await new Retry({ clock: services.clock, signal }).read(() =>
      store.list({ prefix: base + change.key, limit: treeObjects, signal, ...from }),
    );
    if (page.next !== undefined && !oneByOne) {
      await startTree(services, ends, change);
      return { outcome: 'handedOver', reason: 'large' };
    }
    const changes = page.objects
      .map(({ key: full }): Change => ({ ...change, key: full.slice(base.length), tree: false }))
      .filter(({ key, rule }) => rule.filters.passesName(key));
    const done = changes.map((one) => limit(() => replicateObject(taskOf(services, tags, ends, one))));
    results.push(...(await Promise.all(done)));
    token = page.next;
  } while (token !== undefined);
  return sumUp(results);
}

/** A folder of many objects, copied or, behind the delete guard, mirrored by a job. */
function startTree(services: ReplicatorServices, { spec }: Ends, change: Change): Promise<void> {
  const { rule, target, key, kind, timeMs } = change;
  const prefix = spec.source.location.prefix + key;
  const mirror = kind === 'deleted' ? { mirror: defaultDeleteGuard } : {};
  return services.startJob({
    id: replicationJobId(rule.id, [String(target), prefix, kind, String(timeMs)]),
    rule: rule.rule.name,
    kind: kind === 'deleted' ? 'sync' : 'copy',
    spec: {
      ...spec,
      ...mirror,
      // The rule's prefix stays the base of the job's keys, as filters are about keys below it.
      source: {
        kind: 'prefix',
        location: { ...spec.source.location, prefix },
        base: spec.source.location.prefix,
        recursive: true,
      },
    },
  });
}

/** One result for many objects: the failure that may pass, else any failure, else what was done most recently. */
function sumUp(results: readonly ReplicaResult[]): ReplicaResult {
  const worst =
    results.find(isPassing) ??
    results.find(({ outcome }) => outcome === 'failed') ??
    results.find(({ outcome }) => outcome === 'conflict') ??
    results.find(({ outcome }) => outcome !== 'skipped');
  return worst ?? results[0] ?? { outcome: 'skipped', reason: 'vanished' };
}
