import { describe, expect, it } from 'vitest';
import { createWindow } from '../../../src/copy/throttle.js';
import type { Window } from '../../../src/copy/throttle.js';

/** Tasks that end when the test says so. */
function createTasks(window: Window): { start(): Promise<void>; end(): void; started(): number } {
  const ends: (() => void)[] = [];
  let started = 0;
  return {
    started: () => started,
    start: () =>
      window.run(() => {
        started += 1;
        return new Promise<void>((resolve) => ends.push(resolve));
      }),
    end: () => ends.shift()?.(),
  };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('createWindow', () => {
  it('lets four tasks in and the others wait in order', async () => {
    const window = createWindow({ start: 4, max: 64 });
    const tasks = createTasks(window);
    const all = Array.from({ length: 6 }, () => tasks.start());
    await settle();
    expect(tasks.started()).toBe(4);
    expect(window.inFlight).toBe(4);
    tasks.end();
    await settle();
    expect(tasks.started()).toBe(5);
    for (let left = 5; left > 0; left -= 1) {
      tasks.end();
      await settle();
    }
    await Promise.all(all);
    expect(window.inFlight).toBe(0);
  });

  it('doubles after each good round, up to the maximum', () => {
    const window = createWindow({ start: 4, max: 10 });
    const limits = [];
    for (let good = 1; good <= 24; good += 1) {
      window.onResult('ok');
      limits.push(window.limit);
    }
    expect(limits.slice(0, 4)).toEqual([4, 4, 4, 8]);
    expect(limits[11]).toBe(10);
    expect(limits.at(-1)).toBe(10);
  });

  it('shares its limit among the tasks in flight, at least one each', async () => {
    const window = createWindow({ start: 5, max: 5 });
    const tasks = createTasks(window);
    expect(window.share).toBe(5);
    const all = [tasks.start(), tasks.start()];
    expect(window.share).toBe(2);
    all.push(tasks.start(), tasks.start(), tasks.start());
    expect(window.share).toBe(1);
    window.onResult('throttled');
    expect(window.limit).toBe(2);
    expect(window.share).toBe(1);
    for (let left = 5; left > 0; left -= 1) tasks.end();
    await Promise.all(all);
    expect(window.share).toBe(2);
  });

  it('starts waiting tasks when it grows', async () => {
    const window = createWindow({ start: 1, max: 2 });
    const tasks = createTasks(window);
    const all = [tasks.start(), tasks.start()];
    await settle();
    expect(tasks.started()).toBe(1);
    window.onResult('ok');
    await settle();
    expect(tasks.started()).toBe(2);
    tasks.end();
    tasks.end();
    await Promise.all(all);
  });

  it('halves once for a burst of refusals and not below one', async () => {
    const window = createWindow({ start: 8, max: 8 });
    const tasks = createTasks(window);
    const all = Array.from({ length: 8 }, () => tasks.start());
    await settle();
    for (let refusals = 0; refusals < 8; refusals += 1) window.onResult('throttled');
    expect(window.limit).toBe(4);
    for (let ended = 0; ended < 8; ended += 1) tasks.end();
    await Promise.all(all);
    for (let refusals = 0; refusals < 5; refusals += 1) window.onResult('throttled');
    expect(window.limit).toBe(1);
  });

  it('admits no new task while more are in flight than the lowered limit', async () => {
    const window = createWindow({ start: 4, max: 4 });
    const tasks = createTasks(window);
    const all = Array.from({ length: 5 }, () => tasks.start());
    await settle();
    window.onResult('throttled');
    tasks.end();
    tasks.end();
    await settle();
    expect(tasks.started()).toBe(4);
    tasks.end();
    await settle();
    expect(tasks.started()).toBe(5);
    tasks.end();
    tasks.end();
    await Promise.all(all);
  });

  it('frees the place of a task that fails', async () => {
    const window = createWindow({ start: 1, max: 1 });
    await expect(window.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(window.run(() => Promise.resolve(7))).resolves.toBe(7);
  });

  it('begins with four and never below one', () => {
    expect(createWindow({ max: 64 }).limit).toBe(4);
    expect(createWindow({ max: 0 }).limit).toBe(1);
  });
});
