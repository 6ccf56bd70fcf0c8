import { isTerminal } from '../../src/job/status.js';
import type { Board } from '../../src/record/board.js';
import { ChaosEngine } from './chaos-engine.js';
import { ChaosOffice } from './chaos-office.js';
import { ChaosProcess, type ProcessParts } from './chaos-process.js';
import { stateNames } from '../../src/record/refs.js';
import type { Scenario, Step } from './chaos-scenario.js';
import { ChaosTime } from './chaos-time.js';
import { ChaosWatch } from './chaos-watch.js';
import { watchSnapshots } from './chaos-snapshots.js';
import { watchState, type StateWatch } from './chaos-state-watch.js';
import { isReadOnly } from './memory-object.js';
import { createMemoryCloud, type MemoryCloud } from './memory-store.js';
import { createMemoryStateStore, type MemoryStateStore } from './memory-state-store.js';
import { createSeededRandom, type SeededRandom } from './seeded-random.js';

/** What happened to a job, for the invariants. */
export interface Happenings {
  killed: number;
  hubsLost: number;
  cancelAsked: boolean;
  roleRemoved: boolean;
  readonly sourceChanged: Set<string>;
  readonly sourceDeleted: Set<string>;
  readonly destinationChanged: Set<string>;
}

/** A job that ended; `hung` says why it did not. */
export interface EndedJob {
  readonly job: string;
  readonly hung: string | undefined;
}

const hourMs = 3_600_000;
const restartMs = [50, 2000, 20_000];

/** Storage, workers, task hub, timer and operator of one seed, in simulated time. */
export class ChaosWorld {
  readonly scenario: Scenario;
  readonly time: ChaosTime;
  readonly cloud: MemoryCloud;
  readonly state: MemoryStateStore;
  readonly watch: ChaosWatch;
  readonly stateWatch: StateWatch;
  readonly brokenSnapshots: readonly string[];
  readonly happened: Happenings = {
    killed: 0,
    hubsLost: 0,
    cancelAsked: false,
    roleRemoved: false,
    sourceChanged: new Set(),
    sourceDeleted: new Set(),
    destinationChanged: new Set(),
  };
  requests = 0;
  readonly #random: SeededRandom;
  readonly #engine: ChaosEngine;
  readonly #office: ChaosOffice;
  #workers: ChaosProcess[] = [];
  #steps: Scenario['steps'];
  #weather: Scenario['weather'];
  #job = '';
  #changes = 0;

  constructor(scenario: Scenario) {
    this.scenario = scenario;
    this.#random = createSeededRandom(scenario.seed ^ 0x5eed);
    this.time = new ChaosTime(this.#random.fork());
    this.#steps = scenario.steps;
    this.#weather = scenario.weather;
    this.cloud = createMemoryCloud({ clock: this.time });
    this.state = createMemoryStateStore(this.time);
    this.stateWatch = watchState(this.state);
    const { direction } = scenario;
    const source = this.cloud.account('source', { service: direction.source });
    const target = this.cloud.account('target', { service: direction.target });
    source.addContainer('data');
    target.addContainer('copy');
    this.watch = new ChaosWatch(this.time, source, target);
    this.#engine = new ChaosEngine({
      time: this.time,
      random: this.#random.fork(),
      chances: scenario.delivery,
      worker: () => this.#anyWorker(),
    });
    this.#office = new ChaosOffice(this.time, this.state, this.#engine, this.cloud);
    this.brokenSnapshots = watchSnapshots({
      source,
      state: this.state,
      moments: scenario.snapshotKills,
      kill: () => {
        this.#kill([...this.#workers]);
      },
      board: (job) => this.board(job),
    });
    this.#fill();
    for (let index = 0; index < scenario.workers; index += 1) this.#addWorker();
  }

  board(job: string): Board {
    return this.#office.board(job);
  }

  /** Times of the snapshots of the source that the job has now. */
  snapshotsOf(job: string): readonly string[] {
    const { all } = this.cloud.account('source').snapshots;
    return all.filter((snapshot) => snapshot.job === job).map(({ time }) => time);
  }

  /** Runs one job to its end through everything that was planned, then lets late deliveries have their say. */
  async runJob(spec: Scenario['spec']): Promise<EndedJob> {
    const job = await this.time.during(() => this.#office.start(spec));
    return { job, hung: await this.#untilEnd(job) };
  }

  /** Tries again what a job did not copy; undefined when there is nothing of the kind. */
  async retryJob(earlier: string): Promise<EndedJob | undefined> {
    const job = await this.time.during(() => this.#office.retry(earlier));
    return job === undefined ? undefined : { job, hung: await this.#untilEnd(job) };
  }

  /** From here on nothing goes wrong any more. */
  calm(): void {
    this.#steps = [];
    this.#weather = { ...this.#weather, slow: 0, stateFailures: 0, stateLostReplies: 0 };
    this.cloud.reset();
    for (const name of ['source', 'target'] as const) {
      Object.assign(this.cloud.account(name).permissions, { read: true, write: true });
    }
    for (const worker of this.#workers.splice(0)) worker.kill();
    this.#addWorker();
    this.#takeOffReadOnly();
  }

  /** As people are advised to do with a file that was copied and has changed at the source since. */
  #takeOffReadOnly(): void {
    const [source, target] = [this.cloud.account('source'), this.cloud.account('target')];
    for (const key of target.keys('copy')) {
      const [from, to] = [source.object('data', key), target.object('copy', key)];
      if (to === undefined || !isReadOnly(to)) continue;
      if (JSON.stringify(from?.content) === JSON.stringify(to.content)) continue;
      target.remove('copy', key);
    }
  }

  async #untilEnd(job: string): Promise<string | undefined> {
    this.#job = job;
    const stopLooking = this.#office.lookAfter(job);
    const isOver = (): boolean => {
      const holds =
        this.snapshotsOf(job).length > 0 || this.state.text(stateNames.activeJob(job)) !== undefined;
      const waits = holds && !this.happened.roleRemoved;
      // A process that dies right after the end leaves the event to the timer.
      const isTold = this.state.text(stateNames.outboxEntry(job)) !== undefined;
      return isTerminal(this.board(job).status) && isTold && !waits;
    };
    const end = await this.time.stretch(isOver, { withinMs: 48 * hourMs, maxEvents: 400_000 });
    stopLooking();
    if (end !== 'over') return `the job is not over, but ${end}: ${JSON.stringify(this.board(job))}`;
    const rest = await this.time.stretch(() => false, { withinMs: 24 * hourMs, maxEvents: 100_000 });
    return rest === 'idle' ? undefined : `what was left of the job did not come to rest: ${rest}`;
  }

  #fill(): void {
    const [source, target] = [this.cloud.account('source'), this.cloud.account('target')];
    for (const { key, put } of this.scenario.sources) {
      source.put('data', key, put);
      this.watch.sourceChanged(key);
    }
    for (const { key, put } of this.scenario.destinations) {
      this.watch.otherWrote(key, () => target.put('copy', key, put));
    }
    for (const fault of this.scenario.faults) this.cloud.fault(fault);
  }

  #anyWorker(): ChaosProcess | undefined {
    return this.#workers.length === 0 ? undefined : this.#random.pick(this.#workers);
  }

  #addWorker(): void {
    const parts: ProcessParts = {
      time: this.time,
      random: this.#random.fork(),
      weather: this.#weather,
      cloud: this.cloud,
      state: this.state,
      watch: this.watch,
      sliceMs: this.scenario.sliceMs,
      onRequest: () => {
        this.#onRequest();
      },
    };
    this.#workers.push(new ChaosProcess(parts));
  }

  #onRequest(): void {
    this.requests += 1;
    while ((this.#steps[0]?.afterRequests ?? Infinity) <= this.requests) {
      const [first, ...rest] = this.#steps;
      this.#steps = rest;
      // In an event of its own, soon: a request that is being served sees the world before or after, never both.
      const delayMs = this.#random.next() * 2 * this.#weather.latencyMs;
      if (first === undefined) return;
      this.time.at(delayMs, () => {
        this.#do(first.step);
      });
    }
  }

  #do(step: Step): void {
    switch (step.kind) {
      case 'kill':
        this.#kill(step.all ? [...this.#workers] : this.#workers.slice(0, 1));
        break;
      case 'lose-hub':
        this.happened.hubsLost += 1;
        this.#engine.lose();
        break;
      case 'steer':
        void this.time.during(() => this.#steer(step.action));
        break;
      case 'role':
        this.happened.roleRemoved = true;
        this.cloud.account(step.side).permissions[step.side === 'source' ? 'read' : 'write'] = step.allowed;
        break;
      default:
        this.#changeObject(step.kind, step.key);
    }
  }

  async #steer(action: 'pause' | 'resume' | 'cancel'): Promise<void> {
    const changed = await this.#office.steer(this.#job, action);
    if (action === 'cancel' && changed) this.happened.cancelAsked = true;
  }

  #kill(workers: readonly ChaosProcess[]): void {
    for (const worker of workers) {
      this.happened.killed += 1;
      this.#workers = this.#workers.filter((other) => other !== worker);
      worker.kill();
      this.time.at(this.#random.pick(restartMs), () => {
        this.#addWorker();
      });
    }
  }

  #changeObject(kind: 'change-source' | 'delete-source' | 'change-destination', key: string): void {
    const [source, target] = [this.cloud.account('source'), this.cloud.account('target')];
    this.#changes += 1;
    if (kind === 'change-destination') {
      this.happened.destinationChanged.add(key);
      const put = { sizeBytes: 7000 + this.#changes, content: `${key} by others ${String(this.#changes)}` };
      this.watch.otherWrote(key, () => target.put('copy', key, put));
    } else if (kind === 'delete-source') {
      this.happened.sourceDeleted.add(key);
      source.remove('data', key);
    } else {
      this.happened.sourceChanged.add(key);
      const before = source.object('data', key);
      const label = `${key} v${String(this.#changes + 1)}`;
      // A new size too: without MD5, equal sizes within a second are all that a comparison can see.
      source.put('data', key, {
        sizeBytes: (before?.sizeBytes ?? 10) + this.#changes,
        content: label,
        ...(before?.smb === undefined ? {} : { smb: before.smb }),
      });
      this.watch.sourceChanged(key);
    }
  }
}
