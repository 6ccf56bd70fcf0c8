import { gunzipSync } from 'node:zlib';
import type { MemoryStateStore } from './memory-state-store.js';

/** Sees what is written to the state container. */
export interface StateWatch {
  /** Segments and final outcomes that changed after they had been written. */
  readonly rewritten: string[];
}

interface Seen {
  readonly text: string;
  readonly final: boolean;
}

/** Wraps the container's `put`: a segment, and an outcome blob once final, must never change. */
export function watchState(state: MemoryStateStore): StateWatch {
  const rewritten: string[] = [];
  const seen = new Map<string, Seen>();
  const put = state.put.bind(state);
  state.put = async (name, body, options) => {
    const etag = await put(name, body, options);
    const isSegment = name.includes('/segments/');
    if (etag === undefined || !(isSegment || name.includes('/outcomes/'))) return etag;
    const text = gunzipSync(Buffer.from(body)).toString('utf8');
    const before = seen.get(name);
    if (before?.final === true && before.text !== text) rewritten.push(name);
    seen.set(name, { text, final: isSegment || options?.metadata?.['final'] === '1' });
    return etag;
  };
  return { rewritten };
}
