import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { escapeGlob, globHead, globToRegex } from '../../../src/plan/glob.js';

function matches(glob: string, text: string): boolean {
  const result = globToRegex(glob);
  if (!result.ok) {
    throw new Error(`${glob}: ${result.detail} at ${String(result.position)}`);
  }
  return RE2JS.compile(result.regex).test(text);
}

describe('globToRegex', () => {
  it.each([
    ['*.jpg', 'a.jpg', true],
    ['*.jpg', '.jpg', true],
    ['*.jpg', 'a.jpeg', false],
    ['*.jpg', 'a.JPG', false],
    ['*.jpg', 'a.jpg\n', false],
    ['*', '', true],
    ['*', 'line\nbreak', true],
    ['*', 'a/b', false],
    ['a?c', 'abc', true],
    ['a?c', 'a😀c', true],
    ['a?c', 'ac', false],
    ['a?c', 'a/c', false],
    ['[a-c]x', 'bx', true],
    ['[a-c]x', 'dx', false],
    ['[^a-c]x', 'dx', true],
    ['[^a-c]x', 'ax', false],
    ['[^a]x', '/x', false],
    ['[abz]', 'z', true],
    ['[😀-😂]', '😁', true],
    [String.raw`[\]\-]`, ']', true],
    [String.raw`[\]\-]`, '-', true],
    [String.raw`\*`, '*', true],
    [String.raw`\*`, 'x', false],
    ['a.c', 'abc', false],
    ['(a|b)+$', '(a|b)+$', true],
    ['', '', true],
    ['', 'x', false],
    ['a]', 'a]', true],
    ['[!a]', '!', true],
  ])('%j against %j is %s', (glob, text, expected) => {
    expect(matches(glob, text)).toBe(expected);
  });

  it.each([
    ['a[', 2],
    ['a[b', 3],
    ['[]', 1],
    ['[]a]', 1],
    ['[^]', 2],
    ['[-a]', 1],
    ['[a-]', 1],
    ['[z-a]', 1],
    ['ab\\', 2],
    ['[a\\', 2],
  ])('says where %j is broken', (glob, position) => {
    expect(globToRegex(glob)).toMatchObject({ ok: false, position });
  });
});

describe('escapeGlob', () => {
  it('gives the glob that matches exactly the text', () => {
    const text = fc.array(fc.constantFrom('*', '?', '[', ']', '\\', '-', '^', 'a', '😀', '/', '\n'));
    fc.assert(
      fc.property(text, text, (a, b) => {
        const glob = escapeGlob(a.join(''));
        expect(matches(glob, a.join(''))).toBe(true);
        expect(matches(glob, b.join(''))).toBe(a.join('') === b.join(''));
        expect(globHead(glob)).toBe(a.join(''));
      }),
    );
  });
});

describe('globHead', () => {
  it.each([
    ['img*.jpg', 'img'],
    ['img?', 'img'],
    ['img[0-9]', 'img'],
    [String.raw`a\*b*`, 'a*b'],
    ['*', ''],
    ['plain', 'plain'],
    ['end\\', 'end'],
  ])('of %s is %s', (glob, head) => {
    expect(globHead(glob)).toBe(head);
  });
});
