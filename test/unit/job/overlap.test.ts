import { describe, expect, it } from 'vitest';
import type { Location } from '../../../src/job/account.js';
import { overlaps } from '../../../src/job/overlap.js';

function at(container: string, prefix = '', account = 'one'): Location {
  return { account, container, prefix };
}

function share(prefix: string): Location {
  return { ...at('c', prefix), service: 'files' };
}

describe('overlaps', () => {
  const cases: readonly [string, Location, Location, boolean][] = [
    ['the same folder', at('c', 'a/'), at('c', 'a/'), true],
    ['a folder inside the other', at('c', 'a/'), at('c', 'a/b/'), true],
    ['a whole container and a folder of it', at('c'), at('c', 'a/'), true],
    ['a whole account and a container of it', at(''), at('c', 'a/'), true],
    ['an object inside a folder', at('c', 'a/'), at('c', 'a/x'), true],
    ['the same object', at('c', 'a/x'), at('c', 'a/x'), true],
    ['folders whose names begin alike', at('c', 'a/'), at('c', 'ab/'), false],
    ['objects whose names begin alike', at('c', 'a/x'), at('c', 'a/xy'), false],
    ['an object and the folder of that name', at('c', 'a'), at('c', 'a/'), false],
    ['different containers', at('c'), at('d'), false],
    ['objects whose names differ in case', at('c', 'a/X'), at('c', 'a/x'), false],
    ['files whose names differ in case', share('a/X'), share('A/x'), true],
    ['a directory and, in other letters, one within it', share('Ärger/'), share('ärger/ß/'), true],
    ['directories that are not the same in upper case', share('ß/'), share('ss/'), false],
    ['a share and a container of its name', share('a/'), at('c', 'a/'), false],
    ['different accounts', at('c'), at('c', '', 'two'), false],
  ];
  it.each(cases)('tells of %s, whichever comes first', (_title, left, right, expected) => {
    expect([overlaps(left, right), overlaps(right, left)]).toEqual([expected, expected]);
  });
});
