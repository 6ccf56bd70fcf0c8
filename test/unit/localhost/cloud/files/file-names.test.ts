import { describe, expect, it } from 'vitest';
import { checkShareName, foldName, parsePath } from '../../../../../src/localhost/cloud/files/file-names.js';

describe('names of files', () => {
  it('fold by upper case, one unit for one', () => {
    expect(foldName('Straße ς ı ÿ 😀')).toBe('STRAßE Σ I Ÿ 😀');
  });

  it('lose trailing dots unless they are allowed', () => {
    expect(parsePath('a./b..', false)).toEqual(['a', 'b']);
    expect(parsePath('/a.//b../', true)).toEqual(['a.', 'b..']);
    expect(parsePath('', false)).toEqual([]);
  });

  it.each([
    'a:b',
    'a\\b',
    '..',
    './x',
    'nul',
    'a\u0001',
    '\ud800',
    'x/'.repeat(251),
    'y'.repeat(256),
    'z/'.repeat(1) + 'w'.repeat(300),
  ])('are refused: %j', (path) => {
    expect(() => parsePath(path, true)).toThrow('invalid characters');
  });

  it.each(['ab', 'x'.repeat(64)])('of a share have 3 to 63 characters: %s', (name) => {
    expect(() => {
      checkShareName(name);
    }).toThrow('not within the permissible limits');
  });

  it.each(['Upper', 'a--b', '-ab', 'ab-', 'a_b'])('of a share are refused: %s', (name) => {
    expect(() => {
      checkShareName(name);
    }).toThrow('invalid characters');
  });
});
