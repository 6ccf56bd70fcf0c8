import { describe, expect, it } from 'vitest';
import { encodeKey, isAddressable } from '../../../src/job/encode-key.js';
import { oddNames } from '../../../src/localhost/demo/odd-names.js';

describe('the odd names of the demo', () => {
  it('are at least sixty and unique byte for byte', () => {
    expect(oddNames.length).toBeGreaterThanOrEqual(60);
    expect(new Set(oddNames).size).toBe(oddNames.length);
  });

  it('can be addressed by a URL that no client shortens', () => {
    for (const name of oddNames) {
      expect(isAddressable(name)).toBe(true);
      const url = new URL(`https://account.invalid/container/${encodeKey(name)}`);
      expect(decodeURIComponent(url.pathname.slice('/container/'.length))).toBe(name);
    }
  });

  it('are legal: at most 1,024 characters, without control characters and backslashes', () => {
    for (const name of oddNames) {
      expect(name.length).toBeLessThanOrEqual(1024);
      expect(name).not.toMatch(/[\p{Cc}\p{Cs}\\]/u);
    }
    expect(oddNames.some((name) => name.length === 1024)).toBe(true);
  });

  it('hold names that UTF-8 and UTF-16 sort differently', () => {
    const utf16 = [...oddNames].sort((a, b) => (a < b ? -1 : 1));
    const utf8 = [...oddNames].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(utf16).not.toEqual(utf8);
  });

  it('hold pairs that differ only in case, in encoding, in composition or in dot segments', () => {
    const pairs = [
      ['odd/Case.txt', 'odd/case.txt'],
      ['odd/%41', 'odd/A'],
      ['odd/%2F', 'odd/%2f'],
      ['odd/caf\u00e9', 'odd/cafe\u0301'],
      ['a/../b', 'b'],
      ['p/./q', 'p/q'],
      ['p//q', 'p/q'],
    ];
    for (const pair of pairs) {
      expect(oddNames).toEqual(expect.arrayContaining(pair));
    }
  });
});
