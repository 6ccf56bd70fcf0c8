import { describe, expect, it } from 'vitest';
import type { ContainerPair, Source } from '../../../src/job/job-spec.js';
import { compileScope } from '../../../src/plan/scope.js';

function pair(listPrefix: string, sourceBase: string): ContainerPair {
  return { sourceContainer: 'a', listPrefix, sourceBase, destinationContainer: 'b', destinationBase: '' };
}

function prefixSource(changes: { wildcard?: string; recursive?: boolean }): Source {
  return {
    kind: 'prefix',
    location: { account: 'one', container: 'a', prefix: '' },
    base: '',
    recursive: true,
    ...changes,
  };
}

function kept(source: Source, of: ContainerPair, keys: readonly string[]): string[] {
  return keys.filter(compileScope(source, of));
}

describe('compileScope', () => {
  const keys = ['a.jpg', 'a.txt', 'dir/a.jpg', 'dir.jpg/x', '', 'a\n.jpg'];

  it('takes everything without wildcard, and for other kinds', () => {
    expect(kept(prefixSource({}), pair('', ''), keys)).toEqual(keys);
    const account: Source = { kind: 'account', location: { account: 'one', container: '', prefix: '' } };
    expect(kept(account, pair('', ''), keys)).toEqual(keys);
  });

  it('matches a wildcard with the first segment', () => {
    expect(kept(prefixSource({ wildcard: '*.jpg' }), pair('', ''), keys)).toEqual([
      'a.jpg',
      'dir.jpg/x',
      'a\n.jpg',
    ]);
  });

  it('takes only the level that is listed when it is not recursive', () => {
    expect(kept(prefixSource({ recursive: false }), pair('', ''), keys)).toEqual([
      'a.jpg',
      'a.txt',
      '',
      'a\n.jpg',
    ]);
    const below = ['dir/a', 'dir/b/c', 'dir/'];
    expect(kept(prefixSource({ recursive: false }), pair('top/dir/', 'top/'), below)).toEqual([
      'dir/a',
      'dir/',
    ]);
  });

  it('combines both', () => {
    const source = prefixSource({ wildcard: '*.jpg', recursive: false });
    expect(kept(source, pair('', ''), keys)).toEqual(['a.jpg', 'a\n.jpg']);
  });

  it('refuses a wildcard that is no glob', () => {
    expect(() => compileScope(prefixSource({ wildcard: 'a[' }), pair('', ''))).toThrow(
      expect.objectContaining({ code: 'bad-request' }),
    );
  });
});
