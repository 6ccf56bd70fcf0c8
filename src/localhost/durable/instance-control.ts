import type { DurableEngineOptions } from './engine-options.js';
import type { FinishWaiters } from './finish-waiters.js';
import { isFinished } from './instance.js';
import type { InstanceStatus, ParentLink } from './instance.js';
import type { InstanceStore } from './instance-store.js';
import type { HistoryEvent } from './protocol.js';

/** What is asked to start. `input` is JSON text or null. */
export interface StartRequest {
  readonly name: string;
  /** Undefined: a new id. */
  readonly instanceId: string | undefined;
  /** Undefined: the default version of the settings. */
  readonly version: string | undefined;
  readonly input: string | null;
}

/** A live instance of the id is in the way when `started` is false. */
export type StartResult =
  | { readonly started: true; readonly instanceId: string }
  | { readonly started: false; readonly status: InstanceStatus };

/** What can be done to instances from outside. Each resolves when it is durable. */
export interface InstanceControl {
  /** A finished instance of the id is silently replaced. */
  start(request: StartRequest, parent: ParentLink | null): Promise<StartResult>;
  /** Puts a message into the inbox. The instance must exist and be unfinished. */
  send(instanceId: string, row: HistoryEvent): Promise<void>;
  /** Forgets instances, which must be finished. */
  purge(instanceIds: readonly string[]): Promise<void>;
  /** Resolves when the instance has finished, or after `timeoutMs`. */
  waitUntilFinished(instanceId: string, timeoutMs: number): Promise<void>;
}

export interface InstanceControlParts {
  readonly options: DurableEngineOptions;
  readonly store: InstanceStore;
  readonly newId: () => string;
  /** Called when an instance has something in its inbox. */
  readonly wake: (instanceId: string) => void;
  readonly waiters: FinishWaiters;
}

/** The journal keeps the order of appends, so an instance may go on before the message that woke it is on the disk. */
export function createInstanceControl(parts: InstanceControlParts): InstanceControl {
  const { store, options, newId, wake, waiters } = parts;
  return {
    start: async ({ name, input, version, instanceId }, parent) => {
      const id = instanceId ?? newId();
      const status = store.get(id)?.fields.status;
      if (status !== undefined && !isFinished(status)) {
        return { started: false, status };
      }
      const durable = store.commit({
        t: 'start',
        start: {
          id,
          name,
          version: version ?? options.settings.defaultVersion ?? '',
          input,
          parent,
          executionId: newId(),
          seq: store.nextSeq(),
          atMs: options.time.now(),
        },
      });
      options.log({ type: 'started', instanceId: id, name });
      wake(id);
      await durable;
      return { started: true, instanceId: id };
    },
    send: async (instanceId, row) => {
      const message = { seq: store.nextSeq(), row };
      const durable = store.commit({ t: 'message', id: instanceId, message });
      wake(instanceId);
      await durable;
    },
    purge: (ids) => store.commit({ t: 'purge', ids }),
    waitUntilFinished: async (instanceId, timeoutMs) => {
      const status = store.get(instanceId)?.fields.status;
      if (status !== undefined && !isFinished(status)) {
        await waiters.wait(instanceId, timeoutMs);
      }
    },
  };
}
