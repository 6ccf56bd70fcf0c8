import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyComparator } from '../../../src/plan/key-order.js';

const character = fc.constantFrom('a', 'b', '/', 'é', '\ue000', '\uffff', '\u{10000}', '😀');
const key = fc.array(character, { maxLength: 6 }).map((parts) => parts.join(''));
const utf8 = keyComparator('utf8');
const utf16 = keyComparator('utf16');

describe('keyComparator', () => {
  it('orders utf8 as the bytes are', () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(Math.sign(utf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
  });

  it('orders utf16 as the code units are', () => {
    const bytes = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(Math.sign(utf16(a, b))).toBe(Buffer.compare(bytes(a), bytes(b)));
      }),
    );
  });

  it('tells the two orders apart where they differ', () => {
    expect(utf8('\uffff', '😀')).toBeLessThan(0);
    expect(utf16('\uffff', '😀')).toBeGreaterThan(0);
  });

  it('does not change its answer when a common prefix is removed', () => {
    fc.assert(
      fc.property(key, key, key, (prefix, a, b) => {
        for (const compare of [utf8, utf16]) {
          expect(Math.sign(compare(prefix + a, prefix + b))).toBe(Math.sign(compare(a, b)));
        }
      }),
    );
  });
});
