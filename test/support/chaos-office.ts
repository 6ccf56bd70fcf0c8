import { releaseOver } from '../../src/activities/release-job.js';
import { createAccess } from '../../src/functions/http/access.js';
import { changeJob, type JobAction } from '../../src/functions/http/job-change.js';
import type { CheckedJob } from '../../src/functions/http/job-spec-of.js';
import { Problem } from '../../src/functions/http/problem.js';
import { retryOf } from '../../src/functions/http/retry.js';
import { startJob } from '../../src/functions/http/start-job.js';
import type { HttpServices } from '../../src/functions/services.js';
import { superviseJobs } from '../../src/functions/supervise-jobs.js';
import type { JobSpec } from '../../src/job/job-spec.js';
import { BoardFile } from '../../src/record/board-file.js';
import type { Board } from '../../src/record/board.js';
import { readJob } from '../../src/record/jobs.js';
import { stateNames } from '../../src/record/refs.js';
import type { ChaosEngine } from './chaos-engine.js';
import type { ChaosTime } from './chaos-time.js';
import type { MemoryCloud } from './memory-store.js';
import type { MemoryStateStore } from './memory-state-store.js';

const accounts = ['source', 'target'].map((name) => ({
  name,
  blobEndpoint: `https://${name}.blob.core.windows.net`,
  listingOrder: 'utf8' as const,
}));

/** What people and the timer do with jobs: start, steer, retry, supervise; by the functions behind the HTTP API. */
export class ChaosOffice {
  readonly #time: ChaosTime;
  readonly #state: MemoryStateStore;
  readonly #engine: ChaosEngine;
  readonly #http: HttpServices;
  readonly #services: Parameters<typeof releaseOver>[0];
  #ids = 0;

  constructor(time: ChaosTime, state: MemoryStateStore, engine: ChaosEngine, cloud: MemoryCloud) {
    this.#time = time;
    this.#state = state;
    this.#engine = engine;
    this.#services = {
      clock: time,
      sliceAbortMs: 120_000,
      openAccounts:
        (side) =>
        ({ account }) =>
          cloud.open(account, side),
      log: () => undefined,
    };
    this.#http = {
      access: createAccess({ kind: 'key' }, undefined),
      accounts,
      state,
      clock: time,
      randomBytes: (count) => new Uint8Array(count).fill((this.#ids += 1)),
      preflight: () => Promise.resolve({ identities: [], findings: [] }),
      startRun: this.#startRun,
      ready: () => Promise.resolve([]),
      identities: () => Promise.resolve([]),
      home: 'https://host.example/tranship',
      queuedEvents: () => Promise.resolve(null),
      retryReplication: () => Promise.reject(new Error('nothing is replicated here')),
      log: () => undefined,
    };
  }

  board(job: string): Board {
    return JSON.parse(this.#state.text(stateNames.board(job)) ?? '') as Board;
  }

  /** Records a job and starts its first run. */
  start(spec: JobSpec): Promise<string> {
    const kind = spec.mirror === undefined ? 'copy' : 'sync';
    return this.#start({
      kind,
      spec,
      source: 'https://source.example',
      destination: 'https://target.example',
    });
  }

  /** Starts the job that tries again what another did not copy; undefined when there is nothing of the kind. */
  async retry(job: string): Promise<string | undefined> {
    const record = await readJob(this.#state, job);
    if (record === undefined) throw new Error('the job has no record');
    try {
      const checked = await retryOf(this.#http, { record, board: this.board(job), etag: '' });
      return await this.#start(checked);
    } catch (error) {
      if (error instanceof Problem) return undefined;
      throw error;
    }
  }

  async #start(checked: CheckedJob): Promise<string> {
    const requestHash = `request ${String(this.#ids)}`;
    const started = await startJob(this.#http, checked, { requestHash, context: undefined as never });
    return started.record.id;
  }

  /** True when the job was changed by it. */
  async steer(job: string, action: JobAction, planHash = ''): Promise<boolean> {
    const file = new BoardFile(this.#state, job, this.#time);
    const { board, result } = await file.update((before) => {
      const changed = changeJob(before, action, planHash);
      return { ...(changed.kind === 'change' ? { board: changed.board } : {}), result: changed.kind };
    });
    if (board.status === 'Queued') this.#engine.startRun(job, board.run);
    return result === 'change';
  }

  /** The timer, and an operator who approves what waits and resumes what was paused; until the returned call. */
  lookAfter(job: string): () => void {
    const stopTimer = this.lookAfterAll();
    const stopOperator = this.#every(3000, async () => {
      const { status, planHash = '' } = this.board(job);
      if (status === 'AwaitingApproval') await this.steer(job, 'approve', planHash);
      if (status === 'Paused') await this.steer(job, 'resume');
    });
    return () => {
      stopTimer();
      stopOperator();
    };
  }

  /** The timer alone, which looks after every job; until the returned call. */
  lookAfterAll(): () => void {
    return this.#every(30_000, () => this.#supervise());
  }

  #every(delayMs: number, look: () => Promise<void>): () => void {
    let over = false;
    const next = (): void => {
      this.#time.at(delayMs, () => {
        if (!over) void this.#time.during(look).then(next);
      });
    };
    next();
    return () => {
      over = true;
    };
  }

  #supervise(): Promise<void> {
    return superviseJobs({
      deadAfterMs: 60_000,
      tellsOfEnds: true,
      state: this.#state,
      clock: this.#time,
      startRun: this.#startRun,
      release: (job) => releaseOver(this.#services, this.#state, job),
      lookAt: (job, run) => Promise.resolve(this.#engine.lookAt(job, run)),
      log: () => undefined,
    });
  }

  readonly #startRun = (job: string, run: number): Promise<void> => {
    this.#engine.startRun(job, run);
    return Promise.resolve();
  };
}
