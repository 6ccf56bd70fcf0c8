import { describe, expect, it } from 'vitest';
import { runWhileRoom } from '../../../src/copy/run-while-room.js';
import { CopyError } from '../../../src/job/copy-error.js';

const refused = new CopyError('unexpected', 'refused', { retryable: false });
const reset = new CopyError('unexpected', 'reset', { retryable: true });

describe('work while there is room', () => {
  it('takes an item only when there is room for it, and asks anew how much there is', async () => {
    let room = 2;
    let taken = 0;
    let ended = 0;
    let mostBegun = 0;
    await runWhileRoom(
      () => room,
      () => (taken < 1000 ? (taken += 1) : undefined),
      async (item) => {
        mostBegun = Math.max(mostBegun, taken - ended);
        expect(taken - ended).toBeLessThanOrEqual(room);
        await Promise.resolve();
        if (item === 500) room = 8;
        ended += 1;
      },
    );
    expect({ taken, ended, mostBegun }).toEqual({ taken: 1000, ended: 1000, mostBegun: 8 });
  });

  it('takes nothing more after a failure, and throws when nothing is in flight', async () => {
    const ended: number[] = [];
    const items = [1, 2, 3, 4].values();
    const work = runWhileRoom(
      () => 3,
      () => items.next().value,
      async (item) => {
        if (item === 1) throw reset;
        await Promise.resolve();
        ended.push(item);
        if (item === 3) throw refused;
      },
    );
    await expect(work).rejects.toBe(refused);
    expect(ended).toEqual([2, 3]);
  });
});
