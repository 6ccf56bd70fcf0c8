import { isTerminal } from '../job/status.js';
import type { ApiClient } from './api/api-client.js';
import type { CliContext } from './context.js';
import { CliError, exitCodes } from './exit-codes.js';
import type { JobView } from './views/job-view.js';
import { createProgress } from './views/progress.js';

/** How often the job is read: quickly at first, so that small jobs do not wait for us. */
function pollDelayMs(elapsedMs: number): number {
  if (elapsedMs < 10_000) {
    return 500;
  }
  return elapsedMs < 120_000 ? 1000 : 3000;
}

/** True when the job will not move until somebody does something, or ever. */
function hasSettled(job: JobView): boolean {
  return isTerminal(job.status) || job.status === 'Paused' || job.status === 'AwaitingApproval';
}

/**
 * Shows progress until the job ends or waits for a person, and returns it as it then is. Ctrl-C ends the watching, not
 * the job: throws a `CliError` with exit code 130 that says how to go on.
 */
export async function watchJob(api: ApiClient, id: string, context: CliContext): Promise<JobView> {
  const stopped = new AbortController();
  const release = context.onInterrupt(() => {
    stopped.abort();
  });
  const progress = createProgress(context);
  const startedAt = context.now();
  try {
    for (;;) {
      const job = await api.job(id, stopped.signal);
      progress.update(job);
      if (hasSettled(job)) {
        return job;
      }
      await context.sleep(pollDelayMs(context.now() - startedAt), stopped.signal);
    }
  } catch (error) {
    if (!stopped.signal.aborted) {
      throw error;
    }
    throw new CliError(
      exitCodes.interrupted,
      `Stopped watching; job ${id} goes on.`,
      `Watch it again: tranship jobs watch ${id}\nCancel it: tranship jobs cancel ${id}`,
    );
  } finally {
    progress.stop();
    release();
  }
}
