import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Extent } from '../../../../../src/localhost/cloud/files/extents.js';
import {
  clearExtents,
  coalesce,
  extentsWithin,
  subtract,
  writeExtent,
} from '../../../../../src/localhost/cloud/files/extents.js';

const SIZE = 40;

const step = fc.record({
  start: fc.integer({ min: 0, max: SIZE - 1 }),
  length: fc.integer({ min: 1, max: SIZE }),
  generation: fc.integer({ min: 0, max: 3 }),
});

/** Byte by byte, which generation holds it; 0 for none. */
function play(steps: readonly { start: number; length: number; generation: number }[]): {
  extents: readonly Extent[];
  bytes: number[];
} {
  let extents: readonly Extent[] = [];
  const bytes = new Array<number>(SIZE).fill(0);
  for (const { start, length, generation } of steps) {
    const end = Math.min(SIZE, start + length);
    extents =
      generation === 0
        ? clearExtents(extents, { start, end })
        : writeExtent(extents, { start, end, generation });
    bytes.fill(generation, start, end);
  }
  return { extents, bytes };
}

function painted(extents: readonly Extent[]): number[] {
  const bytes = new Array<number>(SIZE).fill(0);
  for (const { start, end, generation } of extents) bytes.fill(generation, start, end);
  return bytes;
}

describe('the extents of a file', () => {
  it('hold for each byte who wrote it last, in as few pieces as can be', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const { extents, bytes } = play(steps);
        expect(painted(extents)).toEqual(bytes);
        for (const [i, extent] of extents.entries()) {
          const next = extents[i + 1];
          expect(extent.start).toBeLessThan(extent.end);
          if (next === undefined) continue;
          expect(extent.end).toBeLessThanOrEqual(next.start);
          expect(extent.end === next.start && extent.generation === next.generation).toBe(false);
        }
      }),
    );
  });

  it('are cut where a range is looked at, and listed as one where they touch', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), step, (steps, { start, length }) => {
        const { extents, bytes } = play(steps);
        const end = Math.min(SIZE, start + length);
        const within = extentsWithin(extents, { start, end });
        expect(painted(within)).toEqual(bytes.map((byte, at) => (at >= start && at < end ? byte : 0)));
        const spans = coalesce(within);
        const flat = painted(spans.map((span) => ({ ...span, generation: 1 })));
        expect(flat).toEqual(painted(within).map((byte) => Math.min(1, byte)));
        for (const [i, span] of spans.entries()) expect(span.end).not.toBe(spans[i + 1]?.start);
      }),
    );
  });

  it('can be taken from one another', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 9 }), fc.array(step, { maxLength: 9 }), (left, right) => {
        const had = play(left);
        const has = play(right);
        const gone = painted(subtract(had.extents, has.extents).map((span) => ({ ...span, generation: 1 })));
        expect(gone).toEqual(had.bytes.map((byte, at) => (byte > 0 && has.bytes[at] === 0 ? 1 : 0)));
      }),
    );
  });
});
