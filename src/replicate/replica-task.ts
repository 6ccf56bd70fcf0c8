import type { CopyContext, CopySettings } from '../copy/context.js';
import { Retry } from '../copy/retry.js';
import { CopyError, isCopyError } from '../job/copy-error.js';
import type { ContainerPair, JobSpec } from '../job/job-spec.js';
import type { Clock } from '../runtime/clock.js';
import type { ContainerStore, ListedObject, ObjectStore } from '../storage/store.js';
import type { Change } from './match-rules.js';
import type { RuleTags } from './rule-tags.js';
import { specOfRule } from './rule-book.js';

/** One change for one target, with all that carrying it out needs. */
export interface ReplicaTask {
  readonly change: Change;
  readonly source: ObjectStore;
  readonly destination: ContainerStore;
  readonly tags: RuleTags;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Full key of the source object, and of the object at the target. */
  readonly sourceKey: string;
  readonly destinationKey: string;
  /** True when the object was deleted at the target by somebody else, and the rule respects that. */
  isTombstoned(): Promise<boolean>;
  /** Starts the job that copies this version of a large object, in this way. Idempotent: the first start decides. */
  handOver(source: ListedObject, how: Pick<JobSpec, 'overwrite' | 'metadata'>): Promise<void>;
}

/** The job that would do the same; its settings are the rule's. */
export function specOf({ change }: ReplicaTask): JobSpec {
  const { rule } = change.rule;
  const target = rule.targets[change.target];
  if (target === undefined) throw new RangeError('a change names a target that its rule does not have');
  return specOfRule(rule, target);
}

function pairOf(spec: JobSpec): ContainerPair {
  const { location } = spec.source;
  return {
    sourceContainer: location.container,
    listPrefix: location.prefix,
    sourceBase: location.prefix,
    destinationContainer: spec.destination.container,
    destinationBase: spec.destination.prefix,
  };
}

/** Copying and deleting as jobs do it, but for looking at both ends: the replicator does that itself. */
export function copyContextOf(task: ReplicaTask, settings: CopySettings): CopyContext {
  const { source, destination, tags, clock, signal } = task;
  return {
    pair: pairOf(specOf(task)),
    source,
    destination,
    settings,
    tags: tags.keeper,
    clock,
    signal,
    since: new Date(clock.now()).toISOString(),
    rerun: false,
    leaveDifferences: true,
    planBlocks: () => {
      throw new CopyError('too-large', 'the object takes a job of its own', { retryable: false });
    },
  };
}

/** The source object now; undefined when there is none. With its tags, where the rule keeps them and they can be read. */
export function lookAtSource(task: ReplicaTask): Promise<ListedObject | undefined> {
  return look(task, task.source, task.sourceKey);
}

/** The object at the target now; undefined when there is none. */
export function lookAtDestination(task: ReplicaTask): Promise<ListedObject | undefined> {
  return look(task, task.destination, task.destinationKey);
}

async function look(task: ReplicaTask, store: ObjectStore, key: string): Promise<ListedObject | undefined> {
  const { tags, signal } = task;
  const stat = (withTags: boolean): Promise<ListedObject | undefined> =>
    new Retry(task).read(() => store.stat(key, { tags: withTags, signal }));
  if (!tags.areKept()) return stat(false);
  try {
    return await stat(true);
  } catch (error) {
    const refused = isCopyError(error) && error.code === 'tags-not-permitted';
    if (!refused || task.change.rule.rule.tags === 'require') throw error;
    tags.unreadable();
    return stat(false);
  }
}
