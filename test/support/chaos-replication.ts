import './chaos-zlib.js';
import { startRuleJob } from '../../src/functions/start-reconcile.js';
import { isTerminal } from '../../src/job/status.js';
import type { Board } from '../../src/record/board.js';
import { retryDeadLetters, retryPoisoned } from '../../src/replicate/due-work.js';
import { reconcileJobs } from '../../src/replicate/reconcile-jobs.js';
import { openRuleBook } from '../../src/replicate/rule-book.js';
import { ChaosEngine } from './chaos-engine.js';
import { ChaosOffice } from './chaos-office.js';
import type { ProcessWeather } from './chaos-process.js';
import { ChaosQueue } from './chaos-queue.js';
import { ChaosReplicator } from './chaos-replicator.js';
import { chaosRules, chaosSource, differingNames, singleShotBytes } from './chaos-rules.js';
import { SourceLife } from './chaos-source.js';
import { lastingRefusal } from './chaos-stores.js';
import { ChaosTime } from './chaos-time.js';
import { ChaosWatch } from './chaos-watch.js';
import { networkError, throttled } from './memory-faults.js';
import { createMemoryCloud, type MemoryCloud } from './memory-store.js';
import { createMemoryStateStore, type MemoryStateStore } from './memory-state-store.js';
import { home } from './replication-world.js';
import { createSeededRandom, type SeededRandom } from './seeded-random.js';

const hourMs = 3_600_000;
const mostKills = 40;
const restartMs = [50, 2000, 20_000];

/** What one seed came to. */
export interface ReplicationSeedResult {
  readonly seed: number;
  /** Sentences; empty when every invariant held. */
  readonly broken: readonly string[];
  readonly killed: number;
  readonly jobs: number;
  readonly deadLetters: number;
  readonly poisoned: number;
  readonly untold: number;
}

/**
 * Changes at a source while processes are killed, events come twice, out of order or never, and requests fail; then calm,
 * and a reconciliation. The same seed does the same on every machine.
 */
export class ReplicationChaos {
  readonly #seed: number;
  readonly #random: SeededRandom;
  readonly #time: ChaosTime;
  readonly #cloud: MemoryCloud;
  readonly #state: MemoryStateStore;
  readonly #queue: ChaosQueue;
  readonly #engine: ChaosEngine;
  readonly #office: ChaosOffice;
  readonly #life: SourceLife;
  readonly #book = openRuleBook(
    chaosRules.map((rule) => ({ rule, paused: false })),
    home,
  );
  readonly #watch: ChaosWatch;
  #weather: ProcessWeather;
  #workers: ChaosReplicator[] = [];
  #started = 0;
  #requests = 0;
  #killAt = Infinity;
  #killed = 0;

  constructor(seed: number) {
    this.#seed = seed;
    const random = createSeededRandom(seed ^ 0x5e9);
    this.#random = random;
    this.#time = new ChaosTime(random.fork());
    this.#cloud = createMemoryCloud({ clock: this.#time });
    this.#state = createMemoryStateStore(this.#time);
    const [a, b] = [this.#cloud.account('a'), this.#cloud.account('b')];
    for (const { account, container } of [chaosSource, ...chaosRules.flatMap(({ targets }) => targets)]) {
      this.#cloud.account(account).addContainer(container);
    }
    this.#watch = new ChaosWatch(this.#time, a, b);
    this.#weather = {
      latencyMs: random.pick([5, 50, 400]),
      slow: random.pick([0, 0.002]),
      stateFailures: random.pick([0, 0.003, 0.01]),
      stateLostReplies: random.pick([0, 0.05]),
      pageSize: random.pick([3, 5000]),
    };
    const chances = { doubled: 0.05, lateMs: 30_000, redeliverMs: 5000 };
    const worker = () => this.#anyWorker()?.process;
    this.#engine = new ChaosEngine({ time: this.#time, random: random.fork(), chances, worker });
    this.#office = new ChaosOffice(this.#time, this.#state, this.#engine, this.#cloud);
    const weather = { duplicated: 0.1, reordered: 0.2, lost: random.pick([0, 0.05]) };
    this.#queue = new ChaosQueue(this.#time, random.fork(), weather);
    this.#life = new SourceLife({
      time: this.#time,
      random: random.fork(),
      account: a,
      queue: this.#queue,
      changes: 120,
      withinMs: 4 * 60_000,
      largeBytes: 4 * singleShotBytes,
    });
    this.#plantFaults();
    for (let index = random.between(1, 3); index > 0; index -= 1) this.#addWorker();
    this.#planKill();
    this.#office.lookAfterAll();
    this.#approve();
  }

  async run(): Promise<ReplicationSeedResult> {
    const stormy = await this.#untilQuiet(6 * hourMs);
    const putAside = (kind: string) => this.#state.names(`replication/${kind}/`).length;
    const [deadLetters, poisoned] = [putAside('dead'), putAside('poisoned')];
    const [jobs, untold] = [this.#boards().length, this.#life.untold.size];
    this.#calm();
    const broken =
      stormy ??
      (await this.#untilQuiet(6 * hourMs)) ??
      (await this.#unexplained()) ??
      (await this.#reconcile()) ??
      this.#unequal();
    return {
      seed: this.#seed,
      broken,
      killed: this.#killed,
      jobs,
      deadLetters,
      poisoned,
      untold,
    };
  }

  /** What is wrong when all does not come to rest. */
  async #untilQuiet(withinMs: number): Promise<readonly string[] | undefined> {
    let lookedMs = 0;
    const isOver = (): boolean =>
      // Boards are many: a look a second will do.
      this.#time.now() >= lookedMs + 1000 &&
      (lookedMs = this.#time.now()) > 0 &&
      this.#life.isOver &&
      this.#queue.isEmpty &&
      this.#workers.length > 0 &&
      this.#workers.every(({ isIdle }) => isIdle) &&
      this.#state.names('replication/pending/').length === 0 &&
      this.#boards().every(({ status }) => isTerminal(status));
    const end = await this.#time.stretch(isOver, { withinMs, maxEvents: 400_000 });
    if (end === 'over') return undefined;
    const jobs = this.#boards().filter(({ status }) => !isTerminal(status));
    const rest = {
      messages: !this.#queue.isEmpty,
      atWork: this.#workers.filter(({ isIdle }) => !isIdle).length,
      pending: this.#state.names('replication/pending/').length,
      jobs: jobs.map(({ job, status, reason }) => ({ job, status, reason })),
    };
    return [`it does not come to rest, but ${end}: ${JSON.stringify(rest)}`];
  }

  /** An operator who approves deletions that the guard holds back. */
  #approve(): void {
    this.#time.at(60_000, () => {
      const waiting = this.#boards().filter(({ status }) => status === 'AwaitingApproval');
      void this.#time
        .during(async () => {
          for (const { job, planHash } of waiting) await this.#office.steer(job, 'approve', planHash);
        })
        .then(() => {
          this.#approve();
        });
    });
  }

  /** Work of one process, in simulated time. */
  async #doing<T>(work: (worker: ChaosReplicator) => Promise<T>): Promise<T> {
    const worker = this.#anyWorker();
    if (worker === undefined) throw new Error('no process');
    let hasEnded = false;
    const answer = work(worker).finally(() => {
      hasEnded = true;
    });
    const end = await this.#time.stretch(() => hasEnded, { withinMs: hourMs, maxEvents: 100_000 });
    if (end !== 'over') throw new Error(`the work does not end, but is ${end}`);
    return answer;
  }

  /** What differs though every event of it came, when all that was put aside has been tried again. */
  async #unexplained(): Promise<readonly string[] | undefined> {
    await this.#doing(({ replicator, services }) => retryPoisoned(replicator, services, Infinity));
    const stuck = await this.#untilQuiet(hourMs);
    for (const { id } of this.#book.rules) {
      await this.#doing(({ replicator, services }) => retryDeadLetters(replicator, services, id, Infinity));
    }
    const left = ['poisoned', 'dead'].flatMap((kind) => this.#state.names(`replication/${kind}/`));
    const silent = differingNames(this.#cloud, this.#life.untold);
    const broken = [
      ...(stuck ?? []),
      ...left.map((name) => `stays after a retry: ${name}`),
      ...silent.map((text) => `told, but not done: ${text}`),
    ];
    return broken.length === 0 ? undefined : broken;
  }

  async #reconcile(): Promise<readonly string[] | undefined> {
    for (const { rule, id } of this.#book.rules) {
      for (const job of reconcileJobs(rule, id, 'afterwards')) {
        await this.#doing(({ starter }) => startRuleJob(starter, job, '', undefined as never));
      }
    }
    return this.#untilQuiet(24 * hourMs);
  }

  /**
   * What a reconciliation must have repaired: it compares content, and where others may write, it only adds what is
   * missing.
   */
  #unequal(): readonly string[] {
    return differingNames(this.#cloud, new Set(), true).map((text) => `not repaired: ${text}`);
  }

  #boards(): readonly Board[] {
    return this.#state
      .names('jobs/')
      .filter((name) => name.endsWith('/board.json'))
      .map((name) => JSON.parse(this.#state.text(name) ?? '') as Board);
  }

  #anyWorker(): ChaosReplicator | undefined {
    return this.#workers.length === 0 ? undefined : this.#random.pick(this.#workers);
  }

  #addWorker(): void {
    this.#started += 1;
    this.#workers.push(
      new ChaosReplicator({
        time: this.#time,
        random: this.#random.fork(),
        weather: this.#weather,
        cloud: this.#cloud,
        state: this.#state,
        watch: this.#watch,
        sliceMs: 20_000,
        onRequest: () => {
          this.#onRequest();
        },
        queue: this.#queue,
        engine: this.#engine,
        book: this.#book,
        name: `process-${String(this.#started)}`,
      }),
    );
  }

  #onRequest(): void {
    this.#requests += 1;
    if (this.#requests < this.#killAt || this.#workers.length === 0) return;
    this.#planKill();
    const victim = this.#random.pick(this.#workers);
    // In an event of its own, soon: before, in or after the request.
    this.#time.at(this.#random.next() * 2 * this.#weather.latencyMs, () => {
      this.#kill(victim);
    });
  }

  #planKill(): void {
    const left = this.#killed < mostKills;
    this.#killAt = left ? this.#requests + this.#random.between(1, 60) : Infinity;
  }

  #kill(victim: ChaosReplicator): void {
    if (!victim.process.isAlive) return;
    this.#killed += 1;
    this.#workers = this.#workers.filter((other) => other !== victim);
    victim.process.kill();
    this.#time.at(this.#random.pick(restartMs), () => {
      this.#addWorker();
    });
  }

  #plantFaults(): void {
    const random = this.#random.fork();
    for (const account of ['b', 'c']) {
      for (const error of [throttled(), throttled(2000), networkError()]) {
        this.#cloud.fault({ on: 'copyFrom', account, skip: random.between(0, 40), times: 5, error });
      }
      const lost = { account, skip: random.between(0, 40), times: 5, lostReply: true };
      this.#cloud.fault({ on: 'copyFrom', ...lost });
      this.#cloud.fault({ on: 'delete', ...lost });
    }
    const refused = { account: 'b', key: '3', times: 1e9, error: lastingRefusal() };
    if (random.chance(0.5)) this.#cloud.fault({ on: 'copyFrom', ...refused });
  }

  /** From here on nothing goes wrong any more. */
  #calm(): void {
    this.#killAt = Infinity;
    this.#cloud.reset();
    this.#weather = { ...this.#weather, slow: 0, stateFailures: 0, stateLostReplies: 0 };
    for (const worker of this.#workers.splice(0)) worker.process.kill();
    this.#addWorker();
  }
}
