import type { DurableClient } from 'durable-functions';
import { type RunInput, names } from '../activities/contracts.js';
import type { RunState } from './supervise-jobs.js';

/** Instance id of a run. A run id is never used again: starting a finished id would silently restart it. */
function runInstanceId(job: string, run: number): string {
  return `${job}.r${String(run)}`;
}

/** Starts a run once: when its instance is known already, whatever its state, nothing happens. */
export function createStartRun(client: DurableClient): (job: string, run: number) => Promise<void> {
  return async (job, run) => {
    if ((await statusOf(client, job, run)) !== undefined) return;
    const input: RunInput = { job, run };
    try {
      await client.startNew(names.copyJob, { instanceId: runInstanceId(job, run), input });
    } catch (error) {
      // Somebody else may have started it in between; the extension then refuses with a plain 500.
      if ((await statusOf(client, job, run)) === undefined) throw error;
    }
  };
}

/** What the task hub knows of a run. */
export async function lookAtRun(client: DurableClient, job: string, run: number): Promise<RunState> {
  const status = await statusOf(client, job, run);
  if (status === undefined) return 'unknown';
  return ['Pending', 'Running', 'ContinuedAsNew', 'Suspended'].includes(status) ? 'alive' : 'ended';
}

/** Runtime status, or undefined for an unknown instance: durable-functions 3.5.0 tells that only by its message. */
async function statusOf(client: DurableClient, job: string, run: number): Promise<string | undefined> {
  try {
    const status = await client.getStatus(runInstanceId(job, run));
    return status.runtimeStatus;
  } catch (error) {
    if (error instanceof Error && error.message.includes('replied with HTTP 404')) return undefined;
    throw error;
  }
}
