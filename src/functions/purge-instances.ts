import { type OrchestrationFilter, OrchestrationRuntimeStatus } from 'durable-functions';
import type { Clock } from '../runtime/clock.js';

const dayMs = 86_400_000;

/** No task hub of this app is older; the filter needs a first time, and not every store of a hub takes the year 1970. */
const firstTime = new Date('2020-01-01T00:00:00Z');

export interface Purge {
  /** The durable client, as far as it is needed. */
  readonly client: {
    purgeInstanceHistoryBy(filter: OrchestrationFilter): Promise<{ readonly instancesDeleted: number }>;
  };
  readonly clock: Pick<Clock, 'now'>;
  /** Days since an instance was started; 0: whatever has ended. */
  readonly afterDays: number;
  readonly log: (event: string, fields: Readonly<Record<string, string | number>>) => void;
}

/**
 * Has the task hub forget orchestrations that have ended and were started long ago: runs and lanes, with their history.
 * Nothing of a job is lost: its record, board and outcomes are in the state container, and a run's number is never used
 * again. One that has not ended stays however old. Safe to repeat; what a call does not manage is left to the next.
 */
export async function purgeInstances({ client, clock, afterDays, log }: Purge): Promise<void> {
  const { instancesDeleted } = await client.purgeInstanceHistoryBy({
    createdTimeFrom: firstTime,
    createdTimeTo: new Date(clock.now() - afterDays * dayMs),
    runtimeStatus: [
      OrchestrationRuntimeStatus.Completed,
      OrchestrationRuntimeStatus.Failed,
      OrchestrationRuntimeStatus.Terminated,
    ],
  });
  if (instancesDeleted > 0) log('instances-purged', { instances: instancesDeleted });
}
