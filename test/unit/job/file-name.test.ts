import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeCase, escapeFileName, fileNameProblem } from '../../../src/job/file-name.js';

describe('fileNameProblem', () => {
  it.each([
    'a',
    'a/b',
    'dots...',
    '.hidden',
    'com0',
    'con.txt',
    ' lead',
    'ü€😀',
    '100%',
    '#&+=',
    'a'.repeat(255),
  ])('takes %j', (path) => {
    expect(fileNameProblem(path)).toBeUndefined();
  });

  it.each([
    ['', 'empty-component'],
    ['a//b', 'empty-component'],
    ['.', 'dots-only'],
    ['a/../b', 'dots-only'],
    ['a:b', 'reserved-character'],
    ['a\\b', 'reserved-character'],
    ['x/"', 'reserved-character'],
    ['CON', 'reserved-name'],
    ['a/lpt1/b', 'reserved-name'],
    ['Clock$', 'reserved-name'],
    ['tab\t', 'control-character'],
    ['\ud800', 'control-character'],
    ['\ufffe', 'control-character'],
    ['a'.repeat(256), 'component-too-long'],
    [`${'a'.repeat(200)}/`.repeat(11), 'path-too-long'],
    ['a/'.repeat(250).concat('b'), 'too-deep'],
  ])('says which rule %j breaks: %s', (path, rule) => {
    expect(fileNameProblem(path)).toBe(rule);
  });
});

describe('escapeFileName', () => {
  it.each([
    ['plain.txt', 'plain.txt'],
    ['a:b', 'a%3Ab'],
    ['q?/*', 'q%3F/%2A'],
    ['100%', '100%25'],
    ['%41', '%2541'],
    ['50% off', '50% off'],
    ['..', '%2E%2E'],
    ['a/CON', 'a/%43ON'],
    ['nul/x', '%6Eul/x'],
    ['a//b', 'a/%/b'],
    ['line\nbreak', 'line%0Abreak'],
    ['\ufffe', '%EF%BF%BE'],
  ])('writes %j as %j', (path, escaped) => {
    expect(escapeFileName(path)).toBe(escaped);
  });

  it('can be read back, and breaks no rule but lengths', () => {
    const part = fc.constantFrom('a', 'Z', '%', '2', 'F', ':', '?', '.', '/', 'é', '\t', '\\', '|', '%41');
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 20 }).map((parts) => parts.join('')),
        (path) => {
          const escaped = escapeFileName(path);
          expect(fileNameProblem(escaped)).toBeUndefined();
          const back = escaped.split('/').map((name) => (name === '%' ? '' : decode(name)));
          expect(back.join('/')).toBe(path);
        },
      ),
    );
  });
});

it('a letter more is encoded where only case would tell two names apart', () => {
  expect(escapeCase('Abc')).toBe('%41bc');
  expect(escapeCase('1é')).toBe('1%C3%A9');
  expect(escapeCase('123')).toBe('123');
});

/** Turns encoded bytes back; a `%` that begins none stands for itself. */
function decode(name: string): string {
  return name.replace(/(?:%[0-9A-F]{2})+/g, (bytes) => decodeURIComponent(bytes));
}
