import { startRuleJob, type RuleJobStarter } from '../../src/functions/start-reconcile.js';
import { isoTime } from '../../src/runtime/clock.js';
import { performDue } from '../../src/replicate/due-work.js';
import { Replicator } from '../../src/replicate/replicator.js';
import type { ReplicatorServices } from '../../src/replicate/replicator-services.js';
import type { RuleBook } from '../../src/replicate/rule-book.js';
import { ReplicationStatistics } from '../../src/replicate/statistics.js';
import type { ChaosEngine } from './chaos-engine.js';
import { ChaosProcess, type ProcessParts } from './chaos-process.js';
import type { ChaosQueue, TakenMessage } from './chaos-queue.js';
import { accounts, home } from './replication-world.js';

/** What a replicating process finds around it. */
export interface ReplicatorParts extends ProcessParts {
  readonly queue: ChaosQueue;
  readonly engine: ChaosEngine;
  readonly book: RuleBook;
  /** Not used before. */
  readonly name: string;
}

/** Of the queue trigger, as host.json has it. */
const batchSize = 16;
const leaseMs = 60_000;
const mostTries = 5;
const lookEveryMs = 1000;
const timerMs = 30_000;
const dueWorkMs = 25_000;
const workMs = 120_000;

/** One process of the app in simulated time: takes events from the queue, has the timer, and works on jobs. */
export class ChaosReplicator {
  readonly process: ChaosProcess;
  readonly replicator: Replicator;
  readonly services: ReplicatorServices;
  readonly starter: RuleJobStarter;
  readonly #queue: ChaosQueue;
  #atWork = 0;

  constructor({ queue, engine, book, name, ...parts }: ReplicatorParts) {
    this.process = new ChaosProcess(parts);
    this.#queue = queue;
    const { clock, openAccounts, openState } = this.process.services;
    const state = openState({ requestId: 'tranship.replication', onRequest: () => undefined });
    this.starter = {
      state,
      clock,
      accounts,
      home,
      randomBytes: (count) => new Uint8Array(count),
      startRun: (job, run) =>
        this.process.request(() => {
          engine.startRun(job, run);
          return Promise.resolve();
        }),
      log: () => undefined,
    };
    this.services = {
      clock,
      accounts,
      state,
      rules: () => Promise.resolve(book),
      open: (side, account, requestId) =>
        openAccounts(side, { requestId, onRequest: () => undefined })({ account }),
      startJob: async (job) => {
        await startRuleJob(this.starter, job, isoTime(clock), undefined as never);
      },
      signal: () => {
        const controller = new AbortController();
        parts.time.at(workMs, () => {
          controller.abort();
        });
        return controller.signal;
      },
      log: () => undefined,
    };
    this.replicator = new Replicator(this.services, new ReplicationStatistics(state, clock, name));
    void this.#poll();
    void this.#tick();
  }

  /** False while a message or postponed work is in hand. */
  get isIdle(): boolean {
    return this.#atWork === 0;
  }

  async #poll(): Promise<void> {
    for (;;) {
      const messages = await this.#sent(() => this.#queue.take(batchSize, leaseMs));
      await this.#working(() => Promise.all(messages.map((message) => this.#take(message))));
      await this.process.services.clock.sleep(lookEveryMs);
    }
  }

  async #take({ text, tries, receipt }: TakenMessage): Promise<void> {
    try {
      await this.replicator.handle(text);
    } catch {
      // It comes again when its time out of sight is over.
      if (tries < mostTries) return;
      try {
        await this.replicator.keepPoisoned(text);
      } catch {
        return;
      }
    }
    await this.#sent(() => {
      this.#queue.remove(receipt);
    });
  }

  async #tick(): Promise<void> {
    for (;;) {
      const { clock } = this.process.services;
      await clock.sleep(timerMs);
      await this.#working(() => performDue(this.replicator, this.services, clock.now() + dueWorkMs)).catch(
        // The next tick goes on.
        () => undefined,
      );
    }
  }

  async #working<T>(work: () => Promise<T>): Promise<T> {
    this.#atWork += 1;
    try {
      return await work();
    } finally {
      this.#atWork -= 1;
    }
  }

  #sent<T>(effect: () => T): Promise<T> {
    return this.process.request(() => Promise.resolve(effect()));
  }
}
