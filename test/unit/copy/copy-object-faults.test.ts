import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyObject } from '../../../src/copy/copy-object.js';
import { isCopyError } from '../../../src/job/copy-error.js';
import type { Outcome } from '../../../src/job/outcome.js';
import { networkError, throttled } from '../../support/memory-faults.js';
import type { Fault, StoreCall } from '../../support/memory-faults.js';
import { createFixture, mebibyte } from './fixture.js';
import type { Fixture } from './fixture.js';

type Trouble = 'throttled' | 'reset' | 'lostReply' | 'overwritten' | 'removed' | 'foreign';

const troubles = fc.array(
  fc.record({
    on: fc.constantFrom<StoreCall>('copyFrom', 'stat', 'stageFrom', 'listBlocks', 'commit'),
    skip: fc.nat(3),
    trouble: fc.constantFrom<Trouble>('throttled', 'reset', 'lostReply', 'overwritten', 'removed', 'foreign'),
  }),
  { maxLength: 6 },
);

function toFault(fixture: Fixture, on: StoreCall, skip: number, trouble: Trouble, sizeBytes: number): Fault {
  const { source, destination, notes } = fixture;
  const before: Partial<Record<Trouble, () => void>> = {
    overwritten: () => {
      source.put('c', 'in/a', { sizeBytes });
    },
    removed: () => {
      source.remove('c', 'in/a');
    },
    foreign: () => {
      destination.put('d', 'out/a', { content: 'foreign', sizeBytes: 7 });
      notes.push('foreign');
    },
  };
  if (trouble === 'throttled') return { on, skip, error: throttled() };
  if (trouble === 'reset') return { on, skip, error: networkError() };
  if (trouble === 'lostReply') return { on, skip, lostReply: true };
  return { on, skip, before: before[trouble] ?? (() => undefined) };
}

/** As slices do: stops between blocks now and then, and comes back. */
async function settle(fixture: Fixture, sizeBytes: number): Promise<Outcome> {
  const operation = fixture.plan('a', { sizeBytes });
  for (let slice = 0; ; slice += 1) {
    let looks = 0;
    const shouldStop = (): boolean => slice < 3 && (looks += 1) > 2;
    try {
      return await copyObject(operation, fixture.context({ rerun: slice > 0, shouldStop }));
    } catch (error) {
      if (!isCopyError(error) || error.code !== 'aborted') throw error;
    }
  }
}

describe('copyObject under any sequence of faults', () => {
  it.each([
    ['in one request', 10],
    ['by blocks', 300 * mebibyte],
  ])(
    'reports copied only for one whole version of the source, and never overwrites a stranger (%s)',
    async (_, sizeBytes) => {
      await fc.assert(
        fc.asyncProperty(troubles, async (list) => {
          const fixture = createFixture();
          for (const { on, skip, trouble } of list) {
            fixture.cloud.fault(toFault(fixture, on, skip, trouble, sizeBytes));
          }
          const outcome = await settle(fixture, sizeBytes);
          const content = fixture.destination.object('d', 'out/a')?.content ?? [];
          const foreignCame = fixture.notes.includes('foreign');
          if (foreignCame) expect(content).toMatchObject([{ of: 'foreign' }]);
          expect(content.length).toBeLessThanOrEqual(1);
          if (content.length === 1 && !foreignCame)
            expect(content[0]).toMatchObject({ offset: 0, sizeBytes });
          if (outcome.outcome === 'copied' && !foreignCame) expect(content).toHaveLength(1);
          if (outcome.outcome === 'conflict') expect(content).toHaveLength(1);
          expect(['copied', 'failed', 'conflict', 'skipped']).toContain(outcome.outcome);
        }),
        { numRuns: 300 },
      );
    },
  );
});
