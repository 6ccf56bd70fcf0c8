import { describe, expect, it } from 'vitest';
import type { Operation } from '../../../src/job/operation.js';
import type { SegmentDraft } from '../../../src/plan/segment.js';
import { summarise } from '../../../src/plan/segment.js';
import { stateNames } from '../../../src/record/refs.js';
import { listSegments, readSegment, writeSegment } from '../../../src/record/segments.js';
import { collect } from '../../support/collect.js';
import { createMemoryStateStore } from '../../support/memory-state-store.js';

function operation(key: string, sizeBytes: number, action: 'copy' | 'delete' = 'copy'): Operation {
  return {
    action,
    pair: 0,
    key,
    reason: action === 'copy' ? 'new' : 'extra',
    sizeBytes,
    etag: '"e"',
    lastModified: '2026-01-01T00:00:00.000Z',
  };
}

const draft: SegmentDraft = {
  copies: [operation('a\u2028b\nc 😀', 10), operation('b', 20)],
  large: [operation('big', 5_000_000_000)],
  deletes: [operation('old', 7, 'delete')],
  skips: [{ pair: 0, key: 'same', reason: 'same', sizeBytes: 3 }],
  failures: [{ pair: 0, key: 'gone', reason: 'source-not-found' }],
  listed: 5,
  destinationListed: 4,
  sourcePages: [{ pair: 0, directory: 'a\u2028b/', runs: [{ pages: 2 }, { token: 'm/=', pages: 1 }] }],
  cursor: { pair: 0, source: { token: 't', after: 'b' }, destination: {}, nextKey: 3 },
};

describe('segments', () => {
  it('returns exactly what was written, names with any character included', async () => {
    const state = createMemoryStateStore();
    await writeSegment(state, 'j1234567', { group: 0, index: 0 }, draft);
    expect(await readSegment(state, 'j1234567', { group: 0, index: 0 })).toEqual(draft);
  });

  it('makes one request for a new segment', async () => {
    const state = createMemoryStateStore();
    await writeSegment(state, 'j1234567', { group: 0, index: 0 }, draft);
    expect(state.count()).toBe(1);
  });

  it('adopts the segment that exists and leaves it as it is', async () => {
    const state = createMemoryStateStore();
    const first: SegmentDraft = { ...draft, copies: [] };
    await writeSegment(state, 'j1234567', { group: 0, index: 0 }, first);
    expect(await writeSegment(state, 'j1234567', { group: 0, index: 0 }, draft)).toEqual(first);
    expect(await readSegment(state, 'j1234567', { group: 0, index: 0 })).toEqual(first);
  });

  it('names the segment that is missing', async () => {
    await expect(
      readSegment(createMemoryStateStore(), 'j1234567', { group: 2, index: 7 }),
    ).rejects.toMatchObject({ code: 'unexpected', message: 'segment 2-7 is not stored' });
  });

  it('lists the sums of every segment in order without opening one', async () => {
    const state = createMemoryStateStore();
    const { cursor: _cursor, ...last } = draft;
    await writeSegment(state, 'j1234567', { group: 1, index: 0 }, { ...last, skips: [] });
    await writeSegment(state, 'j1234567', { group: 0, index: 12 }, draft);
    await writeSegment(state, 'j7654321', { group: 0, index: 3 }, draft);
    await state.put(`${stateNames.segments('j1234567')}note`, '');
    state.reset();
    const entries = await collect(listSegments(state, 'j1234567'));
    expect(entries.map(({ ref, summary }) => ({ ref, summary }))).toEqual([
      { ref: { group: 0, index: 12 }, summary: summarise(draft) },
      { ref: { group: 1, index: 0 }, summary: summarise({ ...last, skips: [] }) },
    ]);
    expect(state.count()).toBe(1);
  });

  it('gives equal content the same hash and other content another', async () => {
    const state = createMemoryStateStore();
    await writeSegment(state, 'j1234567', { group: 0, index: 0 }, draft);
    await writeSegment(state, 'j1234567', { group: 0, index: 1 }, draft);
    await writeSegment(state, 'j1234567', { group: 0, index: 2 }, { ...draft, listed: 6 });
    const hashes = (await collect(listSegments(state, 'j1234567'))).map(({ hash }) => hash);
    expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(hashes[1]).toBe(hashes[0]);
    expect(hashes[2]).not.toBe(hashes[0]);
  });
});
