import { describe, expect, it } from 'vitest';
import { maxStoredKeys, readKeys, writeKeyList } from '../../../src/record/key-list.js';
import { readPairs, writePairs } from '../../../src/record/pairs.js';
import { collect } from '../../support/collect.js';
import { createMemoryStateStore } from '../../support/memory-state-store.js';

const job = 'j1234567';

describe('key list', () => {
  it('returns the keys in order from an index on', async () => {
    const state = createMemoryStateStore();
    const keys = ['b', 'a', 'with\nline', 'with\u2028separator', '"quoted"', ''];
    expect(await writeKeyList(state, job, keys)).toBe(6);
    expect(await collect(readKeys(state, job, 0))).toEqual(keys);
    expect(await collect(readKeys(state, job, 4))).toEqual(['"quoted"', '']);
    expect(await collect(readKeys(state, job, 6))).toEqual([]);
  });

  it('is empty when none was stored', async () => {
    expect(await collect(readKeys(createMemoryStateStore(), job, 0))).toEqual([]);
  });

  it('refuses more keys than one blob should hold and stores nothing', async () => {
    const state = createMemoryStateStore();
    function* tooMany(): Generator<string> {
      for (let count = 0; count <= maxStoredKeys; count += 1) yield 'k';
    }
    await expect(writeKeyList(state, job, tooMany())).rejects.toThrow(RangeError);
    expect(state.names()).toEqual([]);
  });
});

describe('pairs', () => {
  const pair = {
    sourceContainer: 'a',
    listPrefix: 'x/',
    sourceBase: '',
    destinationContainer: 'b',
    destinationBase: 'y/',
  };

  it('keeps the pairs that were stored first', async () => {
    const state = createMemoryStateStore();
    const first = {
      groups: [[0]],
      pairs: [pair],
      tags: { source: true, destination: true },
      missingDestinations: [],
    };
    expect(await writePairs(state, job, first)).toEqual(first);
    expect(await writePairs(state, job, { ...first, groups: [[0], [1]], pairs: [pair, pair] })).toEqual(
      first,
    );
    expect(await readPairs(state, job)).toEqual(first);
  });

  it('has none before they were stored', async () => {
    expect(await readPairs(createMemoryStateStore(), job)).toBeUndefined();
  });
});
