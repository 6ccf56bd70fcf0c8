import type { Caller } from '../../src/activities/services.js';
import { CopyError } from '../../src/job/copy-error.js';
import type { StringMap } from '../../src/job/operation.js';
import type { StateCondition, StateStore } from '../../src/storage/state-store.js';
import type { AccountStore, ContainerStore, FileTarget } from '../../src/storage/store.js';
import type { ChaosProcess } from './chaos-process.js';
import { networkError } from './memory-faults.js';

/** The service goes on with a request whose sender has given it up. */
const unhurried = new AbortController().signal;

/** An account as one process reaches it. The watch sees every write. */
export function openThroughProcess(
  process: ChaosProcess,
  account: AccountStore,
  caller: Caller,
): AccountStore {
  const send = <T>(effect: () => Promise<T>, signal: AbortSignal): Promise<T> => {
    caller.onRequest();
    return process.request(effect, signal);
  };
  return {
    account: account.account,
    container: (name, snapshot) =>
      containerThroughProcess(process, account.container(name, snapshot), caller.requestId, send),
    createSnapshot: (name, job, signal) => send(() => account.createSnapshot(name, job, unhurried), signal),
    listSnapshots: (options, signal) => send(() => account.listSnapshots(options, unhurried), signal),
    deleteSnapshot: (name, time, signal) => send(() => account.deleteSnapshot(name, time, unhurried), signal),
    listContainers: (token, signal) => send(() => account.listContainers(token, unhurried), signal),
    createContainer: (name, signal) => send(() => account.createContainer(name, unhurried), signal),
    containerExists: (name, signal) => send(() => account.containerExists(name, unhurried), signal),
  };
}

type Send = <T>(effect: () => Promise<T>, signal: AbortSignal) => Promise<T>;

function containerThroughProcess(
  process: ChaosProcess,
  store: ContainerStore,
  activity: string,
  send: Send,
): ContainerStore {
  const { watch, weather } = process.parts;
  return {
    ...filesThroughProcess(process, store, send),
    account: store.account,
    container: store.container,
    capabilities: store.capabilities,
    list: (options) => {
      const limit = Math.min(options.limit ?? 5000, weather.pageSize);
      return send(() => store.list({ ...options, limit, signal: unhurried }), options.signal);
    },
    listDirectory: (options) => {
      const limit = Math.min(options.limit ?? 5000, weather.pageSize);
      return send(() => store.listDirectory({ ...options, limit, signal: unhurried }), options.signal);
    },
    stat: (key, options) => send(() => store.stat(key, { ...options, signal: unhurried }), options.signal),
    source: (key, etag) => store.source(key, etag),
    copyFrom: (key, source, pin, settings, signal) =>
      send(() => watch.writing(key, () => store.copyFrom(key, source, pin, settings, unhurried)), signal),
    delete: (key, etag, signal) =>
      send(() => watch.writing(key, () => store.delete(key, etag, unhurried)), signal),
    setTier: (key, tier, signal) =>
      send(() => watch.writing(key, () => store.setTier(key, tier, unhurried)), signal),
    stageFrom: async (key, id, source, range, signal) => {
      const receipt = await send(
        () => watch.staging(key, id, activity, () => store.stageFrom(key, id, source, range, unhurried)),
        signal,
      );
      watch.staged(key, id);
      return receipt;
    },
    listBlocks: (key, signal) => send(() => store.listBlocks(key, unhurried), signal),
    commit: (key, ids, pin, settings, signal) =>
      send(() => watch.writing(key, () => store.commit(key, ids, pin, settings, unhurried)), signal),
  };
}

function filesThroughProcess(process: ChaosProcess, store: ContainerStore, send: Send): FileTarget {
  const { watch } = process.parts;
  return {
    createFile: (key, sizeBytes, settings, signal) =>
      send(() => watch.writing(key, () => store.createFile(key, sizeBytes, settings, unhurried)), signal),
    putRangeFrom: (key, source, range, signal) =>
      send(() => watch.writing(key, () => store.putRangeFrom(key, source, range, unhurried)), signal),
    setFile: (key, settings, signal) =>
      send(() => watch.writing(key, () => store.setFile(key, settings, unhurried)), signal),
    listRanges: (key, signal) => send(() => store.listRanges(key, unhurried), signal),
    createDirectory: (path, settings, signal) =>
      send(() => watch.writing(path, () => store.createDirectory(path, settings, unhurried)), signal),
    setDirectory: (path, settings, signal) =>
      send(() => watch.writing(path, () => store.setDirectory(path, settings, unhurried)), signal),
    readPermission: (key, signal) => send(() => store.readPermission(key, unhurried), signal),
    createPermission: (text, signal) => send(() => store.createPermission(text, unhurried), signal),
  };
}

/**
 * The state container as one process reaches it, behaving as the product's own store does: what is passing is retried
 * inside, so only lasting trouble surfaces, and a write whose reply was lost counts when the blob holds its body.
 */
export function stateThroughProcess(process: ChaosProcess, state: StateStore, caller: Caller): StateStore {
  const send = <T>(effect: () => Promise<T>): Promise<T> => {
    caller.onRequest();
    return process.request(effect);
  };
  const { random, weather } = process.parts;
  const failing = (): boolean => random.chance(weather.stateFailures);
  const fail = async (effect?: () => Promise<unknown>): Promise<never> => {
    if (effect !== undefined && random.chance(0.5)) await effect();
    throw networkError();
  };
  return {
    get: (name) => send(() => (failing() ? fail() : state.get(name))),
    list: (prefix, token, limit) => send(() => (failing() ? fail() : state.list(prefix, token, limit))),
    delete: (name, ifMatch) =>
      send(() => (failing() ? fail(() => state.delete(name, ifMatch)) : state.delete(name, ifMatch))),
    put: async (name, body, options = {}) => {
      if (failing()) return send(() => fail(() => state.put(name, body, options)));
      const written = await send(() => state.put(name, body, options));
      if (!random.chance(weather.stateLostReplies)) return written;
      return again(send, state, { name, body: Buffer.from(body), ...options });
    },
  };
}

interface StateWrite {
  readonly name: string;
  readonly body: Buffer;
  readonly condition?: StateCondition;
  readonly metadata?: StringMap;
}

/** The reply was lost: the write is sent again, and a condition that fails then may be our own doing. */
async function again(
  send: <T>(effect: () => Promise<T>) => Promise<T>,
  state: StateStore,
  { name, body, condition, metadata }: StateWrite,
): Promise<string | undefined> {
  const etag = await send(() =>
    state.put(name, body, {
      ...(condition === undefined ? {} : { condition }),
      ...(metadata === undefined ? {} : { metadata }),
    }),
  );
  if (etag !== undefined || condition === undefined) return etag;
  const present = await send(() => state.get(name));
  return present?.body.equals(body) === true ? present.etag : undefined;
}

/** A refusal for good: what a policy, a lease or a legal hold on one object answers. */
export function lastingRefusal(): CopyError {
  return new CopyError('destination-immutable', 'refused: BlobImmutableDueToPolicy', {
    retryable: false,
    status: 409,
    serviceCode: 'BlobImmutableDueToPolicy',
    requestId: 'memory-refusal',
  });
}
