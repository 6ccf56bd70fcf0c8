import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeKey, isAddressable } from '../../../src/job/encode-key.js';

describe('encodeKey', () => {
  it('encodes every byte but letters, digits and ._~-, slashes too', () => {
    expect(encodeKey('a/../b c')).toBe('a%2F..%2Fb%20c');
    expect(encodeKey("é€😀'()*!+%")).toBe('%C3%A9%E2%82%AC%F0%9F%98%80%27%28%29%2A%21%2B%25');
    expect(encodeKey('Az09._~-')).toBe('Az09._~-');
  });

  it('gives back every name, and stays in one path segment of a URL', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (key) => {
        const encoded = encodeKey(key);
        expect(decodeURIComponent(encoded)).toBe(key);
        if (isAddressable(key)) expect(new URL(`https://host/c/${encoded}`).pathname).toBe(`/c/${encoded}`);
      }),
    );
  });
});

describe('isAddressable', () => {
  it('is false only for names that a URL resolves away', () => {
    expect(['.', '..', ''].map(isAddressable)).toEqual([false, false, false]);
    expect(['...', './a', 'a/..', ' ', '%2E'].map(isAddressable)).toEqual([true, true, true, true, true]);
  });
});
