import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Join } from '../../../src/plan/join.js';
import type { SideCursor } from '../../../src/plan/segment.js';
import { drain, numbered, shape, side, store } from './join-fixtures.js';
import { listed } from './plan-fixtures.js';

describe('Join cursors', () => {
  it('goes on at the page that holds the last key taken, also when that key is gone', async () => {
    const source = store(['a', 'b', 'c', 'd'], { pageSize: 2 });
    const destination = store([]);
    const first = new Join({ source: side(source), destination: side(destination), extras: true });
    expect(shape(await drain(first, 3))).toEqual(['s a', 's b', 's c']);
    const cursor = first.cursors().source;
    expect(cursor).toEqual({ token: 'c', after: 'c' });
    source.list = () => Promise.resolve({ objects: [listed('b2'), listed('bb'), listed('d')] });
    const second = new Join({
      source: side(source, { cursor }),
      destination: side(destination),
      extras: true,
    });
    expect(shape(await drain(second))).toEqual(['s d']);
  });

  it('goes on with the next page when the present one is used up', async () => {
    const source = store(numbered(4), { pageSize: 2 });
    const join = new Join({ source: side(source), destination: side(store([])), extras: true });
    join.take({ key: '', ...(await join.peek()) });
    expect(join.cursors()).toEqual({ source: { after: '00000' }, destination: {} });
    join.take({ key: '', ...(await join.peek()) });
    expect(join.cursors()).toEqual({ source: { token: '00002', after: '00001' }, destination: {} });
    expect(source.lists.length).toBeLessThanOrEqual(2);
  });

  it('loses and doubles no row wherever it is cut', async () => {
    const keys = fc.uniqueArray(
      fc
        .array(fc.constantFrom('a', 'b', '/', 'é', '\uffff', '😀'), { minLength: 1, maxLength: 4 })
        .map((parts) => parts.join('')),
      { maxLength: 20 },
    );
    const pageSize = fc.integer({ min: 1, max: 6 });
    const order = fc.constantFrom('utf8' as const, 'utf16' as const);
    await fc.assert(
      fc.asyncProperty(
        keys,
        keys,
        pageSize,
        pageSize,
        order,
        fc.boolean(),
        async (s, d, sp, dp, o, extras) => {
          const open = (source: SideCursor = {}, destination: SideCursor = {}): Join =>
            new Join({
              source: side(store(s, { pageSize: sp, order: o }), { cursor: source }),
              destination: side(store(d, { pageSize: dp, order: o }), { cursor: destination }),
              extras,
            });
          const whole = await drain(open());
          for (let cut = 0; cut <= whole.length; cut += 1) {
            const head = open();
            const before = await drain(head, cut);
            const { source, destination } = JSON.parse(JSON.stringify(head.cursors())) as ReturnType<
              Join['cursors']
            >;
            const after = await drain(open(source, destination));
            expect([...before, ...after]).toEqual(whole);
          }
        },
      ),
    );
  });
});
