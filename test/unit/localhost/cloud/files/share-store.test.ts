import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileEntry } from '../../../../../src/localhost/cloud/files/file-entry.js';
import { newSmbProperties } from '../../../../../src/localhost/cloud/files/share.js';
import type { Share } from '../../../../../src/localhost/cloud/files/share.js';
import { openShareStore } from '../../../../../src/localhost/cloud/files/share-store.js';
import type { ShareStore } from '../../../../../src/localhost/cloud/files/share-store.js';

let directory: string;
let store: ShareStore;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'share-store-'));
  store = openShareStore(directory);
});
afterEach(() => {
  store.close();
  rmSync(directory, { recursive: true, force: true });
});

const properties = { quotaGiB: 1, accessTier: 'Hot', metadata: [['Case', 'v']], policies: {} } as const;
const shareFolder = (): string => join(directory, 'accounts', 'acct', 'box');

/** As after `kill -9`: nothing is closed first. */
function reopen(): Share {
  store = openShareStore(directory);
  const share = store.find('acct', 'box');
  if (share === undefined) throw new Error('the share is gone');
  return share;
}

function add(share: Share, name: string): FileEntry {
  const root = share.tree.at([]);
  if (root?.kind !== 'directory') throw new Error('no root');
  const entry: FileEntry = {
    kind: 'file',
    id: share.newId(),
    parentId: root.id,
    name,
    smb: newSmbProperties('file', root),
    metadata: [],
    lengthBytes: 100,
    contentHeaders: {},
    extents: [],
    ...share.stamp(),
  };
  share.commit({ op: 'put', entry });
  return entry;
}

function write(share: Share, { id, smb }: FileEntry, start: number, text: string): void {
  const { generation } = share;
  const extent = { start, end: start + text.length, generation };
  share.content.write(id, extent, Buffer.from(text));
  share.commit({ op: 'range', id, ...extent, ...share.stamp(), times: smb });
}

async function contentOf(share: Share, name: string, tree = share.tree): Promise<string> {
  const entry = tree.at([name]);
  if (entry?.kind !== 'file') throw new Error(`no ${name}`);
  return (await buffer(share.content.read(entry, { start: 0, end: 10 }))).toString();
}

describe('the shares on disk', () => {
  it('are the same after the process died: entries, bytes, snapshots, permissions', async () => {
    const share = store.create('acct', 'box', properties);
    const file = add(share, 'File');
    write(share, file, 2, 'old');
    const { time } = share.takeSnapshot([]);
    write(share, file, 3, 'NEW');
    add(share, 'later');
    const key = share.addPermission({ text: 'O:SYG:SY', format: 'sddl' });
    const before = share.tree.at(['file']);
    for (let round = 0; round < 2; round++) {
      const again = reopen();
      expect(again.properties).toEqual(share.properties);
      expect(again.tree.at(['FILE'])).toEqual(before);
      expect(await contentOf(again, 'file')).toBe('\0\0oNEW\0\0\0\0');
      const snapshot = again.snapshot(time);
      expect(await contentOf(again, 'file', snapshot?.tree)).toBe('\0\0old\0\0\0\0\0');
      expect(snapshot?.tree.at(['later'])).toBeUndefined();
      expect(again.permission(key)).toEqual({ text: 'O:SYG:SY', format: 'sddl' });
      expect(again.newId()).toBe('3');
    }
  });

  it('lose only the line that was cut short, which nobody was told of', () => {
    const share = store.create('acct', 'box', properties);
    add(share, 'a');
    appendFileSync(join(shareFolder(), 'share.ndjson'), '{"op":"put","entry":{"kind":"file","id":"9","na');
    const again = reopen();
    expect(again.tree.sortedNames('0')).toEqual(['A']);
    expect(again.newId()).toBe('2');
  });

  it('give back the room of files, and of snapshots, that have gone', () => {
    const share = store.create('acct', 'box', properties);
    const file = add(share, 'f');
    write(share, file, 0, 'old');
    const { time } = share.takeSnapshot([]);
    write(share, file, 0, 'new');
    const content = (): string[] => readdirSync(join(shareFolder(), 'content')).sort();
    expect(content()).toEqual(['1-1', '1-2']);
    share.remove(share.tree.at(['f']) ?? file);
    expect(content()).toEqual(['1-1']);
    share.dropSnapshot(time);
    expect(content()).toEqual([]);
    store.remove('acct', share);
    expect(existsSync(shareFolder())).toBe(false);
    expect(openShareStore(directory).list('acct')).toEqual([]);
  });

  it('fail a copy that was under way', () => {
    const share = store.create('acct', 'box', properties);
    const file = add(share, 'f');
    const copy = { id: 'c', source: 's', status: 'pending', copiedBytes: 0, totalBytes: 9 } as const;
    share.commit({ op: 'put', entry: { ...file, copy } });
    const entry = reopen().tree.at(['f']);
    expect(entry?.kind === 'file' && entry.copy?.status).toBe('failed');
  });

  it('are no share until they were made in full, and readable by nobody else', () => {
    store.create('acct', 'box', properties);
    const half = join(directory, 'accounts', 'acct', 'half');
    mkdirSync(half);
    writeFileSync(join(half, 'share.ndjson'), '{"op":"permission","key":"1*1","permission":{}}\n');
    expect(reopen().name).toBe('box');
    expect(store.list('acct').map(({ name }) => name)).toEqual(['box']);
    expect(existsSync(half)).toBe(false);
    expect(statSync(join(shareFolder(), 'share.ndjson')).mode & 0o777).toBe(0o600);
  });
});
