import { randomUUID } from 'node:crypto';

import { clientBinding } from './client-binding.js';
import { lockDirectory } from './directory-lock.js';
import type { DirectoryLock } from './directory-lock.js';
import { Dispatcher } from './dispatcher.js';
import type { DurableEngine, ManagementRequest, ManagementResponse } from './engine-api.js';
import type { DurableEngineOptions } from './engine-options.js';
import { isFinished } from './instance.js';
import { InstanceStore } from './instance-store.js';
import type { KeptHistoryLimits } from './kept-histories.js';
import { openJournalFolder } from './journal-files.js';
import { JournalError, openJournal } from './journal.js';
import type { Journal } from './journal.js';
import { managementError } from './management-response.js';
import { handleManagement } from './management.js';
import type { HistoryEvent } from './protocol.js';

/** What a test reads of an instance. */
export interface InstanceInspection {
  readonly executionId: string;
  /** Rows of the current generation; empty when they have been dropped. */
  readonly history: readonly HistoryEvent[];
  /** History rows of every generation, the current one last; kept when the rows themselves are dropped. */
  readonly rowsPerGeneration: readonly number[];
}

/** The engine of one machine, with a window for tests. */
export interface LocalDurableEngine extends DurableEngine {
  inspect(instanceId: string): InstanceInspection | undefined;
  /** Why the engine has stopped by itself: the journal could not be written. */
  failure(): Error | undefined;
}

const defaultCompactAfterBytes = 8 * 1024 * 1024;
const defaultKeptHistories: KeptHistoryLimits = { instances: 200, rows: 10_000 };

type Phase = 'new' | 'running' | 'stopped';

class LocalEngine implements LocalDurableEngine {
  readonly #options: DurableEngineOptions;
  readonly #store: InstanceStore;
  readonly #dispatcher: Dispatcher;
  #phase: Phase = 'new';
  #failure: Error | undefined;
  #lock: DirectoryLock | undefined;
  #journal: Journal | undefined;

  constructor(options: DurableEngineOptions) {
    this.#options = options;
    this.#store = new InstanceStore({ ...defaultKeptHistories, ...options.keptHistories });
    this.#dispatcher = new Dispatcher({
      options,
      store: this.#store,
      newId: () => randomUUID().replaceAll('-', ''),
      fault: (error) => {
        this.#fault(error);
      },
    });
  }

  async start(): Promise<void> {
    if (this.#phase !== 'new') {
      throw new Error('A durable engine starts once.');
    }
    const lock = await lockDirectory(this.#options.directory);
    try {
      this.#journal = await this.#openJournal();
    } catch (error) {
      await lock.release();
      throw error;
    }
    this.#lock = lock;
    this.#store.attach(this.#journal);
    this.#phase = 'running';
    const all = this.#store.all();
    const unfinished = all.filter((instance) => !isFinished(instance.fields.status));
    this.#options.log({ type: 'recovered', instances: all.length, unfinished: unfinished.length });
    this.#dispatcher.recover(unfinished);
  }

  async #openJournal(): Promise<Journal> {
    const { directory, files, compactAfterBytes, log } = this.#options;
    return openJournal({
      files: files ?? (await openJournalFolder(directory)),
      recover: this.#store.recover,
      snapshot: () => this.#store.snapshot(),
      compactAfterBytes: compactAfterBytes ?? defaultCompactAfterBytes,
      onTornTail: (offsetBytes, lostBytes) => {
        log({ type: 'tornTail', offsetBytes, lostBytes });
      },
    });
  }

  #fault(error: unknown): void {
    if (this.#failure === undefined && this.#phase === 'running') {
      this.#failure = error instanceof Error ? error : new Error(String(error));
      this.#dispatcher.halt();
      this.#options.log({ type: 'faulted', message: this.#failure.message });
    }
  }

  async stop(graceMs: number): Promise<void> {
    if (this.#phase !== 'running') {
      return;
    }
    await this.#dispatcher.drain(graceMs);
    this.#phase = 'stopped';
    this.#dispatcher.halt();
    try {
      await this.#journal?.close();
    } catch (error) {
      // A journal that has failed before has been reported; closing it cannot add anything.
      if (this.#failure === undefined) {
        throw error;
      }
    } finally {
      await this.#lock?.release();
    }
  }

  /** Waits for the disk before it answers, so that nobody is told what a crash could undo. */
  async handle(request: ManagementRequest): Promise<ManagementResponse> {
    if (this.#failure !== undefined) {
      return managementError(503, `The durable engine has stopped. ${this.#failure.message}`);
    }
    if (this.#phase !== 'running' || this.#journal === undefined) {
      return managementError(503, 'The durable engine is not running.');
    }
    try {
      const response = await handleManagement(request, {
        control: this.#dispatcher.control,
        store: this.#store,
        options: this.#options,
      });
      await this.#journal.flushed();
      return response;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (!(error instanceof JournalError)) {
        return managementError(500, message);
      }
      this.#fault(error);
      return managementError(503, message);
    }
  }

  clientBinding(origin: string): string {
    return clientBinding(origin, this.#options.settings.hubName);
  }

  inspect(instanceId: string): InstanceInspection | undefined {
    const instance = this.#store.get(instanceId);
    return instance === undefined
      ? undefined
      : {
          executionId: instance.fields.executionId,
          history: [...instance.history],
          rowsPerGeneration: [...instance.fields.rowsPerGeneration],
        };
  }

  failure(): Error | undefined {
    return this.#failure;
  }
}

/**
 * A durable engine for one machine. It runs unmodified durable-functions 3.x orchestrators and activities, at least once, and
 * continues after a crash where the journal ends. `start` rejects with `DirectoryLockedError` or `JournalError`.
 */
export function createDurableEngine(options: DurableEngineOptions): LocalDurableEngine {
  return new LocalEngine(options);
}
