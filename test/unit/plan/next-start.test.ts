import { describe, expect, it } from 'vitest';
import { decideStart, mostQueued } from '../../../src/plan/next-start.js';

describe('decideStart', () => {
  it.each(['skip', 'queue', 'cancelPrevious'] as const)(
    'with %s does nothing when nothing is due',
    (overlap) => {
      expect(decideStart(overlap, 'running', [], [])).toEqual({ queue: [], skipped: 0, cancel: false });
    },
  );

  it.each([
    ['skip', 'none', ['a'], { start: 'a', queue: [], skipped: 0, cancel: false }],
    ['skip', 'ended', ['a', 'b'], { start: 'a', queue: [], skipped: 1, cancel: false }],
    ['skip', 'running', ['a', 'b'], { queue: [], skipped: 2, cancel: false }],
    ['skip', 'pending', ['a'], { queue: [], skipped: 1, cancel: false }],
    ['queue', 'ended', ['a', 'b'], { start: 'a', queue: ['b'], skipped: 0, cancel: false }],
    ['queue', 'running', ['a', 'b'], { queue: ['a', 'b'], skipped: 0, cancel: false }],
    ['cancelPrevious', 'ended', ['a', 'b'], { start: 'b', queue: [], skipped: 1, cancel: false }],
    ['cancelPrevious', 'running', ['a', 'b'], { queue: ['b'], skipped: 1, cancel: true }],
  ] as const)('%s, the one before %s, with %j', (overlap, current, due, wanted) => {
    expect(decideStart(overlap, current, [], due)).toEqual(wanted);
  });

  it('starts what waited first', () => {
    expect(decideStart('queue', 'ended', ['a'], ['b'])).toMatchObject({ start: 'a', queue: ['b'] });
    expect(decideStart('cancelPrevious', 'ended', ['a'], [])).toMatchObject({ start: 'a' });
  });

  it('keeps a queue that is bounded', () => {
    const many = Array.from({ length: mostQueued + 2 }, (_, index) => String(index));
    const { queue, skipped } = decideStart('queue', 'running', many, []);
    expect([queue.length, skipped, queue[0]]).toEqual([mostQueued, 2, '2']);
  });
});
