import { isCopyError } from '../job/copy-error.js';
import { releaseDestination } from '../record/active.js';
import type { JobRecord } from '../record/job-record.js';
import { readJob } from '../record/jobs.js';
import type { StateStore } from '../storage/state-store.js';
import { RequestTally } from './request-tally.js';
import type { ActivityServices } from './services.js';
import { dropSnapshots, wantsSnapshots } from './source-snapshots.js';

/**
 * Gives free what a job that is over still holds: its share snapshots, then its mark, which is what makes a timer come back
 * to it while a snapshot cannot be deleted. Repeating it is safe.
 */
export async function releaseJob(
  services: Pick<ActivityServices, 'clock' | 'openAccounts' | 'sliceAbortMs' | 'log'>,
  state: StateStore,
  record: JobRecord,
): Promise<void> {
  const { clock, sliceAbortMs, log } = services;
  if (wantsSnapshots(record)) {
    const tally = new RequestTally({ job: record.id, run: 0 }, 'release');
    try {
      const source = services.openAccounts('source', tally.source)(record.spec.source.location);
      await dropSnapshots({ record, source, state, clock, signal: AbortSignal.timeout(sliceAbortMs) });
    } catch (error) {
      if (!isCopyError(error)) throw error;
      log('snapshot-left', { job: record.id, code: error.code });
      return;
    }
  }
  await releaseDestination(state, record.id);
}

/** The same for a job known by its id; one without a record holds but its mark. */
export async function releaseOver(
  services: Parameters<typeof releaseJob>[0],
  state: StateStore,
  job: string,
): Promise<void> {
  const record = await readJob(state, job);
  await (record === undefined ? releaseDestination(state, job) : releaseJob(services, state, record));
}
