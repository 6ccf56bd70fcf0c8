import { describe, expect, it } from 'vitest';
import { drafts, lines, merged, scanOf, wholePair } from './scan-fixtures.js';
import { listed, PagedStore, specOf } from './plan-fixtures.js';
import { file, TreeStore } from './tree-fixtures.js';

const toFiles = { account: 'two', service: 'files', container: 'to', prefix: '' } as const;

function blobs(...names: readonly string[]): TreeStore {
  return new TreeStore(
    names.map((name) => listed(name)),
    'blob',
  );
}

describe('names that are given at a share', () => {
  it('meets files without case behind a wildcard, too', async () => {
    const there = new TreeStore([file('READ me'), file('other')]);
    const location = { account: 'one', container: 'from', prefix: '' };
    const source = { kind: 'prefix', location, base: '', recursive: true, wildcard: 'read*' } as const;
    const narrowed = { ...wholePair, listPrefix: 'read' };
    const sides = [{ source: blobs('read me', 'READ', 'x'), destination: there }];
    const spec = specOf({ source, destination: toFiles, overwrite: 'never' });
    const draft = merged(await drafts(scanOf(sides, { spec }, narrowed)));
    expect(lines(draft)).toEqual(['5 skip read me exists']);
  });

  it('gives a single object the name that was asked for, and no other', async () => {
    const location = { account: 'one', container: 'from', prefix: 'a:b' };
    const pair = { ...wholePair, listPrefix: 'a:b', sourceBase: 'a:b', destinationBase: 'dir/a%3Ab' };
    const source = { kind: 'object', location, key: 'a:b' } as const;
    const sides = [{ source: blobs('a:b'), destination: new TreeStore([]) }];
    const spec = specOf({ source, destination: toFiles, escapeNames: true });
    const draft = merged(await drafts(scanOf(sides, { spec }, pair)));
    expect(draft.copies).toMatchObject([{ key: '', reason: 'new' }]);
    expect(draft.copies[0]).not.toHaveProperty('destinationKey');
  });

  it('asks no share for a name that none can hold', async () => {
    const location = { account: 'one', container: 'from', prefix: '' };
    const source = { kind: 'list', location, entries: 2 } as const;
    // eslint-disable-next-line @typescript-eslint/require-await -- as a stored list comes
    const keys = async function* () {
      yield* ['a:b', 'x'];
    };
    const looked: string[] = [];
    class Share extends TreeStore {
      override stat(key: string) {
        looked.push(key);
        return super.stat(key);
      }
    }
    const sides = [{ source: blobs('a:b', 'x'), destination: new Share([file('a%3Ab')]) }];
    const spec = specOf({ source, destination: toFiles, overwrite: 'never' });
    expect(lines(merged(await drafts(scanOf(sides, { spec, keys }))))).toEqual([
      '5 copy x new',
      '5 fail a:b name-not-allowed',
    ]);
    expect(looked).toEqual(['x']);
    const escaped = { ...spec, escapeNames: true };
    expect(lines(merged(await drafts(scanOf(sides, { spec: escaped, keys }))))).toEqual([
      '5 copy x new',
      '5 skip a:b exists',
    ]);
  });

  it('fails what is longer than the name of a blob may be, in a container', async () => {
    const folder = `${'d'.repeat(200)}/`.repeat(5);
    const names = [`${folder}${'x'.repeat(16)}`, `${folder}${'x'.repeat(17)}`] as const;
    const pair = { ...wholePair, destinationBase: 'in/' };
    for (const source of [
      new TreeStore(names.map((name) => file(name))),
      new PagedStore(names.map((name) => listed(name))),
    ]) {
      const draft = merged(await drafts(scanOf([{ source, destination: new PagedStore([]) }], {}, pair)));
      expect(draft.copies.map(({ key }) => key)).toEqual([names[0]]);
      expect(draft.failures).toMatchObject([
        { key: names[1], reason: 'name-not-allowed', rule: 'path-too-long' },
      ]);
    }
  });
});
