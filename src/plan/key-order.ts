import type { KeyOrder } from '../job/account.js';

/** Negative when `a` comes before `b`, 0 when they are equal. */
export type KeyComparator = (a: string, b: string) => number;

/** How keys compare in a listing of the given order. Removing a common prefix from both keys never changes the answer. */
export function keyComparator(order: KeyOrder): KeyComparator {
  return order === 'utf8' ? compareUtf8 : compareUtf16;
}

function compareUtf16(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** As comparing the UTF-8 bytes, which is comparing code points, without encoding either key. */
function compareUtf8(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at += 1) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left !== right) {
      return rank(left) - rank(right);
    }
  }
  return a.length - b.length;
}

/** Moves the surrogates, halves of the characters above U+FFFF, behind all other code units. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
