import { expect, it } from 'vitest';
import type { Sources } from '../bicep/deployment.js';
import { faultsAfter } from './inspect.js';

/** A mistake: its title, in which file, what is replaced by what, and words of the fault that must be found. */
export type Planted = readonly [string, string, string | RegExp, string, RegExp];

/** A test for each mistake: it is found in the templates that have it. */
export function itCatches(sources: Sources, planted: readonly Planted[]): void {
  it.each(planted)('%s is caught', (_title, file, from, to, expected) => {
    expect(faultsAfter(sources, `infra/${file}.bicep`, from, to)).toMatch(expected);
  });
}
