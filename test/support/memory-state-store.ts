import type { StringMap } from '../../src/job/operation.js';
import type { Clock } from '../../src/runtime/clock.js';
import type { StateStore } from '../../src/storage/state-store.js';
import { createStepClock } from './step-clock.js';

export type StateCall = 'get' | 'put' | 'list' | 'delete';

/** A state container in memory, with what a test needs beside the interface. */
export interface MemoryStateStore extends StateStore {
  /** Requests since the last `reset`, of this kind when given. */
  count(call?: StateCall): number;
  reset(): void;
  /** Names in ascending order, without a request. */
  names(prefix?: string): readonly string[];
  /** Body as text, without a request. */
  text(name: string): string | undefined;
  /** Runs before the effect of each request; throw to fail it, or change the store to stage a race. */
  onCall: ((call: StateCall, name: string) => void | Promise<void>) | undefined;
}

interface Entry {
  readonly body: Buffer;
  readonly etag: string;
  readonly metadata: StringMap;
  readonly lastModified: string;
}

/** An empty state container. */
export function createMemoryStateStore(clock: Clock = createStepClock()): MemoryStateStore {
  const entries = new Map<string, Entry>();
  const calls: StateCall[] = [];
  let versions = 0;
  const sortedNames = (prefix: string): string[] =>
    [...entries.keys()].filter((name) => name.startsWith(prefix)).sort();
  const begin = async (call: StateCall, name: string): Promise<void> => {
    calls.push(call);
    await new Promise<void>((resolve) => setImmediate(resolve));
    await store.onCall?.(call, name);
  };
  const store: MemoryStateStore = {
    onCall: undefined,
    count: (call) => calls.filter((candidate) => (call ?? candidate) === candidate).length,
    reset: () => {
      calls.length = 0;
    },
    names: (prefix = '') => sortedNames(prefix),
    text: (name) => entries.get(name)?.body.toString('utf8'),
    get: async (name) => {
      await begin('get', name);
      const entry = entries.get(name);
      return entry === undefined ? undefined : { ...entry, body: Buffer.from(entry.body) };
    },
    put: async (name, body, options = {}) => {
      await begin('put', name);
      const present = entries.get(name);
      const condition = options.condition;
      if (condition !== undefined && 'ifAbsent' in condition && present !== undefined) return undefined;
      if (condition !== undefined && 'ifMatch' in condition && present?.etag !== condition.ifMatch)
        return undefined;
      versions += 1;
      const etag = `"state-${String(versions)}"`;
      const seconds = Math.floor(clock.now() / 1000) * 1000;
      entries.set(name, {
        body: Buffer.from(body),
        etag,
        metadata: { ...options.metadata },
        lastModified: new Date(seconds).toISOString(),
      });
      return etag;
    },
    list: async (prefix, token, limit = 5000) => {
      await begin('list', prefix);
      const names = sortedNames(prefix).filter((name) => token === undefined || name >= token);
      const next = names[limit];
      const page = names.slice(0, limit).flatMap((name) => {
        const entry = entries.get(name);
        return entry === undefined ? [] : [toEntry(name, entry)];
      });
      return next === undefined ? { entries: page } : { entries: page, next };
    },
    delete: async (name, ifMatch) => {
      await begin('delete', name);
      if (ifMatch === undefined || entries.get(name)?.etag === ifMatch) entries.delete(name);
    },
  };
  return store;
}

function toEntry(name: string, entry: Entry): Awaited<ReturnType<StateStore['list']>>['entries'][number] {
  return {
    name,
    etag: entry.etag,
    metadata: entry.metadata,
    sizeBytes: entry.body.length,
    lastModified: entry.lastModified,
  };
}
