import type { PermissionKeys } from '../copy/file-keeper.js';
import { CopyError } from '../job/copy-error.js';
import type { JobRecord } from '../record/job-record.js';
import { readJob } from '../record/jobs.js';
import { type Pairs, readPairs } from '../record/pairs.js';
import type { StateStore } from '../storage/state-store.js';

/** What never changes once a job is prepared, and what its slices in this process have found out. */
export interface JobFacts {
  readonly record: JobRecord;
  readonly pairs: Pairs;
  readonly permissions: PermissionKeys;
}

const mostJobs = 64;

/** Keeps the facts of recent jobs in the process: they are read for the first unit of a job, not for every slice. */
export class JobFactsCache {
  readonly #jobs = new Map<string, JobFacts>();

  /** Two requests for a job not seen lately. Throws `unexpected` when the job was never prepared. */
  async read(state: StateStore, job: string): Promise<JobFacts> {
    const known = this.#jobs.get(job);
    if (known !== undefined) return known;
    const [record, pairs] = await Promise.all([readJob(state, job), readPairs(state, job)]);
    if (record === undefined || pairs === undefined) {
      throw new CopyError('unexpected', 'the job has no record or no container pairs', { retryable: false });
    }
    const facts = { record, pairs, permissions: new Map() };
    this.#jobs.set(job, facts);
    const [oldest] = this.#jobs.keys();
    if (this.#jobs.size > mostJobs && oldest !== undefined) this.#jobs.delete(oldest);
    return facts;
  }
}
