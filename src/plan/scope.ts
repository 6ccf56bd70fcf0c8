import { CopyError } from '../job/copy-error.js';
import type { ContainerPair, Source } from '../job/job-spec.js';
import { RE2JS } from 're2js';
import { globToRegex } from './glob.js';

/** True when the relative key is within what the source names. */
export type Scope = (relativeKey: string) => boolean;

/**
 * What a wildcard and `recursive: false` leave of a listing. An object outside is no part of the job at all: neither
 * listed, nor skipped, nor, at the destination, an extra. The answer depends on the relative key alone, so that both
 * sides are cut alike and an extra is still what the whole source listing does not have.
 *
 * `recursive: false` is meant from `pair.listPrefix` on. Throws `bad-request` for a wildcard that is no glob.
 */
export function compileScope(source: Source, pair: ContainerPair): Scope {
  if (source.kind !== 'prefix') {
    return () => true;
  }
  const listedFrom = pair.listPrefix.length - pair.sourceBase.length;
  const isDeepEnough: Scope = source.recursive ? () => true : (key) => !key.includes('/', listedFrom);
  if (source.wildcard === undefined) {
    return isDeepEnough;
  }
  const glob = globToRegex(source.wildcard);
  if (!glob.ok) {
    throw new CopyError('bad-request', `wildcard: ${glob.detail}`, { retryable: false });
  }
  const regex = RE2JS.compile(glob.regex);
  return (key) => isDeepEnough(key) && regex.test(firstSegment(key));
}

function firstSegment(key: string): string {
  const slash = key.indexOf('/');
  return slash === -1 ? key : key.slice(0, slash);
}
