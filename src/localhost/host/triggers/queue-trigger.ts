import type { Clock } from '../../../runtime/clock.js';
import { resolveSettings } from '../app-settings.js';
import type { RegisteredFunction } from '../app-registry.js';
import type { TriggerCall } from '../invoker.js';
import type { MessageQueue, OpenQueue, QueueMessage } from './message-queue.js';
import type { QueueSettings } from './queue-settings.js';
import { toError } from '../system-error.js';
import type { TriggerOptions } from './trigger-options.js';
import { jsonData, stringData } from '../typed-data.js';

/** Binding type of queue functions, as the registry spells it. */
export const QUEUE_TRIGGER = 'queuetrigger';

const SHORTEST_POLL_MS = 100;
/** How long a taken message is out of sight; renewed while its function runs, so that a host that dies gives it back. */
const LEASE_MS = 20_000;
const POISON_SUFFIX = '-poison';

export interface QueueTriggersOptions extends TriggerOptions {
  readonly queues: QueueSettings;
  readonly openQueue: OpenQueue;
}

/** The queue functions of an app. */
export interface QueueTriggers {
  start(): void;
  /** No message is taken after this call. Resolves when what was taken has been dealt with. */
  stop(): Promise<void>;
}

/**
 * Polls each queue that a function is bound to, like the Storage extension: a message that the function takes is deleted; one
 * that fails comes again, and after `maxDequeueCount` tries goes to `<queue>-poison`. A queue that is not configured is
 * told of and not read.
 */
export function createQueueTriggers(options: QueueTriggersOptions): QueueTriggers {
  const stopped = new AbortController();
  const listeners = options.registry
    .functions()
    .filter((fn) => fn.trigger.type === QUEUE_TRIGGER)
    .flatMap((fn) => openListener(fn, options, stopped.signal));
  const loops: Promise<void>[] = [];
  return {
    start: () => {
      loops.push(...listeners.map((listener) => listener.run()));
    },
    stop: async () => {
      stopped.abort();
      await Promise.all(loops);
    },
  };
}

function openListener(
  fn: RegisteredFunction,
  options: QueueTriggersOptions,
  stopped: AbortSignal,
): readonly QueueListener[] {
  const { queueName, connection } = fn.trigger.binding;
  try {
    const where = `Queue trigger of "${fn.name}"`;
    const queue = resolveSettings(String(queueName), options.settings, where);
    const prefix = typeof connection === 'string' && connection !== '' ? connection : 'AzureWebJobsStorage';
    const open = (name: string): MessageQueue => options.openQueue(name, prefix, options.settings);
    return [new QueueListener(fn, queue, open, options, stopped)];
  } catch (thrown) {
    const message = toError(thrown).message;
    options.log({ level: 'warning', category: 'system', message, functionName: fn.name });
    return [];
  }
}

class QueueListener {
  readonly #fn: RegisteredFunction;
  readonly #name: string;
  readonly #queue: MessageQueue;
  readonly #poison: MessageQueue;
  readonly #options: QueueTriggersOptions;
  readonly #stopped: AbortSignal;
  readonly #working = new Set<Promise<void>>();

  constructor(
    fn: RegisteredFunction,
    name: string,
    open: (name: string) => MessageQueue,
    options: QueueTriggersOptions,
    stopped: AbortSignal,
  ) {
    this.#fn = fn;
    this.#name = name;
    this.#queue = open(name);
    this.#poison = open(`${name}${POISON_SUFFIX}`);
    this.#options = options;
    this.#stopped = stopped;
  }

  async run(): Promise<void> {
    const { clock, queues } = this.#options;
    let pauseMs = SHORTEST_POLL_MS;
    while (!this.#stopped.aborted) {
      if (this.#working.size > queues.newBatchThreshold) {
        await Promise.race(this.#working);
        continue;
      }
      const taken = await this.#take();
      pauseMs = taken > 0 ? SHORTEST_POLL_MS : Math.min(pauseMs * 2, queues.maxPollingIntervalMs);
      // A full batch: there is more.
      if (taken < queues.batchSize) await clock.sleep(pauseMs, this.#stopped).catch(() => undefined);
    }
    await Promise.all(this.#working);
  }

  async #take(): Promise<number> {
    const { batchSize } = this.#options.queues;
    try {
      const messages = await this.#queue.receive(batchSize, LEASE_MS);
      for (const message of messages) {
        const work = this.#process(message).finally(() => this.#working.delete(work));
        this.#working.add(work);
      }
      return messages.length;
    } catch (thrown) {
      this.#warn(`Queue "${this.#name}" cannot be read: ${toError(thrown).message}`);
      return 0;
    }
  }

  async #process(message: QueueMessage): Promise<void> {
    const lease = new Lease(this.#queue, message, this.#options.clock);
    try {
      const good = await this.#invoke(message);
      const receipt = await lease.end();
      const { maxDequeueCount, visibilityTimeoutMs } = this.#options.queues;
      if (good) {
        await this.#queue.remove(message.id, receipt);
      } else if (message.dequeueCount >= maxDequeueCount) {
        this.#warn(`Message has reached ${String(maxDequeueCount)} tries and goes to the poison queue.`);
        await this.#poison.send(message.text);
        await this.#queue.remove(message.id, receipt);
      } else {
        await this.#queue.hide({ ...message, receipt }, visibilityTimeoutMs);
      }
    } catch (thrown) {
      // The message comes again when its time out of sight is over.
      await lease.end();
      this.#warn(`A message of queue "${this.#name}" was left: ${toError(thrown).message}`);
    }
  }

  #invoke(message: QueueMessage): Promise<boolean> {
    const call = triggerCall(message, this.#options.queues.messageEncoding);
    return this.#options.invoker.invoke(this.#fn, call).then(
      () => true,
      // The invoker has logged why.
      () => false,
    );
  }

  #warn(message: string): void {
    this.#options.log({ level: 'warning', category: 'system', message, functionName: this.#fn.name });
  }
}

/** Keeps a message out of sight while its function runs. */
class Lease {
  readonly #ended = new AbortController();
  readonly #renewing: Promise<void>;
  #receipt: string;

  constructor(queue: MessageQueue, message: QueueMessage, clock: Clock) {
    this.#receipt = message.receipt;
    this.#renewing = this.#renew(queue, message, clock);
  }

  /** Stops renewing; gives the receipt that holds now. */
  async end(): Promise<string> {
    this.#ended.abort();
    await this.#renewing;
    return this.#receipt;
  }

  async #renew(queue: MessageQueue, message: QueueMessage, clock: Clock): Promise<void> {
    for (;;) {
      try {
        await clock.sleep(LEASE_MS / 2, this.#ended.signal);
        this.#receipt = await queue.hide({ ...message, receipt: this.#receipt }, LEASE_MS);
      } catch {
        // Ended; or the queue refused, and the message comes again while its function still runs.
        return;
      }
    }
  }
}

function triggerCall(message: QueueMessage, encoding: QueueSettings['messageEncoding']): TriggerCall {
  const { id, text, dequeueCount, receipt, insertedAt, expiresAt, visibleAt } = message;
  const content = encoding === 'base64' ? Buffer.from(text, 'base64').toString('utf8') : text;
  return {
    data: stringData(content),
    metadata: {
      id: stringData(id),
      queueTrigger: stringData(content),
      popReceipt: stringData(receipt),
      dequeueCount: jsonData(dequeueCount),
      insertionTime: jsonData(insertedAt.toISOString()),
      expirationTime: jsonData(expiresAt.toISOString()),
      nextVisibleTime: jsonData(visibleAt.toISOString()),
    },
  };
}
