import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Side } from '../../src/storage/side.js';
import type { AccountStore, ContainerStore, FileSettings } from '../../src/storage/store.js';
import { codeOf } from '../support/memory-store.js';

/** An implementation with directories and ranges under test, and the means to look behind it. */
export interface FileSubject {
  readonly source: string;
  readonly destination: string;
  open(account: string, side?: Side): AccountStore;
  /** A file with this content; its directories are made. */
  put(account: string, share: string, path: string, body: string): Promise<void>;
  content(account: string, share: string, path: string): Promise<string>;
  /** Where the Blob service of the source account keeps an object of this content. */
  putBlob(container: string, key: string, body: string): Promise<ContainerStore>;
  requests(): number;
  close(): Promise<void>;
}

const signal = new AbortController().signal;
const times = {
  creationTime: '2001-02-03T04:05:06.1234567Z',
  lastWriteTime: '2011-12-13T14:15:16.7654321Z',
};

/** Runs the promises of `storage/store.ts` for stores with `ranges` and `directories` against an implementation. */
export function fileStoreContract(name: string, openSubject: () => Promise<FileSubject>): void {
  describe(`${name} keeps the contract of a store of files`, () => {
    let subject: FileSubject;
    let from: ContainerStore;
    let to: ContainerStore;
    let number = 0;
    beforeAll(async () => {
      subject = await openSubject();
    });
    afterAll(() => subject.close());
    beforeEach(async () => {
      number += 1;
      const share = `share-${String(number)}`;
      const [source, destination] = [
        subject.open(subject.source, 'source'),
        subject.open(subject.destination, 'destination'),
      ];
      await source.createContainer(share, signal);
      await destination.createContainer(share, signal);
      from = source.container(share);
      to = destination.container(share);
    });

    const put = (path: string, body = 'hello'): Promise<void> =>
      subject.put(subject.source, from.container, path, body);
    const counted = async (work: () => Promise<unknown>): Promise<number> => {
      const before = subject.requests();
      await work();
      return subject.requests() - before;
    };

    it('lists one directory, page by page, one request a page, with all that a listing tells', async () => {
      for (const path of ['b.txt', 'a/x.txt', 'c']) await put(path);
      const names: string[] = [];
      let token: string | undefined;
      const requests = await counted(async () => {
        do {
          const more = token === undefined ? {} : { token };
          const page = await from.listDirectory({ directory: '', limit: 2, signal, ...more });
          names.push(...page.objects.map(({ key, kind }) => `${key} ${kind ?? 'file'}`));
          token = page.next;
        } while (token !== undefined);
      });
      expect(names.sort()).toEqual(['a/ directory', 'b.txt file', 'c file']);
      expect(requests).toBe(2);
      const [file] = (await from.listDirectory({ directory: 'a/', signal })).objects;
      expect(file).toMatchObject({ key: 'a/x.txt', sizeBytes: 5, unlisted: true });
      expect(file?.etag).toMatch(/^".+"$/);
      expect(file?.smb?.attributes).toBeDefined();
      expect(file?.smb?.lastWriteTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/);
      const found = await from.stat('a/x.txt', { signal });
      expect(found).toMatchObject({ etag: file?.etag, lastModified: file?.lastModified, smb: file?.smb });
    });

    it.each([
      'ü ö/€ 😀',
      'a%2Fb',
      '100%',
      'x#y&z=1',
      'a+b',
      ' lead',
      "quote's",
      'dots...',
      '.hidden',
      'a'.repeat(255),
    ])('keeps the name %j as it is', async (path) => {
      await put(path);
      const directory = path.slice(0, path.lastIndexOf('/') + 1);
      const { objects } = await from.listDirectory({ directory, signal });
      expect(objects.map(({ key }) => key)).toEqual([path]);
      const { etag = '' } = objects[0] ?? {};
      await to.createDirectory('ü ö/', {}, signal);
      await to.createFile(path, 5, {}, signal);
      await to.putRangeFrom(path, from.source(path, etag), { offset: 0, sizeBytes: 5 }, signal);
      expect(await subject.content(subject.destination, to.container, path)).toBe('hello');
    });

    it('says on which side a share is missing, and that a directory is', async () => {
      const nowhere = (side: Side): Promise<unknown> =>
        subject.open(subject.source, side).container('none-such').listDirectory({ directory: '', signal });
      expect(await codeOf(nowhere('source'))).toBe('source-container-not-found');
      expect(await codeOf(nowhere('destination'))).toBe('destination-container-not-found');
      expect(await codeOf(from.listDirectory({ directory: 'none/', signal }))).toBe('source-not-found');
      await expect(to.listDirectory({ directory: 'none/', signal })).rejects.toMatchObject({ status: 404 });
      expect(await from.stat('none', { signal })).toBeUndefined();
      expect(await from.stat('none/x', { signal })).toBeUndefined();
      expect(await from.stat('none/', { signal })).toBeUndefined();
    });

    it('refuses names that the service has rules against, before any request', async () => {
      const requests = await counted(async () => {
        for (const path of ['a:b', 'a//b', '..', 'a/.', 'x'.repeat(256), 'tab\t']) {
          expect(await codeOf(to.stat(path, { signal }))).toBe('name-not-allowed');
        }
      });
      expect(requests).toBe(0);
    });

    it('creates a file with all that it is given: times to 100 ns, metadata with its case', async () => {
      const settings: FileSettings = {
        properties: { contentType: 'text/css', contentLanguage: 'de', cacheControl: 'no-cache' },
        metadata: { FooBar: 'Baz', lower: 'x' },
        md5: 'XUFAKrxLKna5cZ2REBfFkg==',
        smb: { ...times, attributes: 'Hidden | Archive' },
      };
      expect(await counted(() => to.createFile('f', 10, settings, signal))).toBe(1);
      const found = await to.stat('f', { signal });
      expect(found).toMatchObject({ ...settings, sizeBytes: 10, smb: times });
      expect(found?.smb?.attributes).toContain('Hidden');
      expect(await to.listRanges('f', signal)).toEqual([]);
    });

    it('needs the directory above a file', async () => {
      await expect(to.createFile('no/f', 1, {}, signal)).rejects.toMatchObject({
        serviceCode: 'ParentNotFound',
      });
      expect(await to.createDirectory('no/', {}, signal)).toBe(true);
      expect(await to.createDirectory('no/', {}, signal)).toBe(false);
      await to.createFile('no/f', 1, {}, signal);
    });

    it('fills ranges from a file and from a blob, and leaves the last-write time alone', async () => {
      await put('f', 'hello world');
      const source = from.source('f', '"whatever"');
      await to.createFile('f', 11, { smb: times }, signal);
      expect(await counted(() => to.putRangeFrom('f', source, { offset: 0, sizeBytes: 11 }, signal))).toBe(1);
      const blobs = await subject.putBlob('blobs', 'b.', 'HELLO');
      const blob = await blobs.stat('b.', { signal });
      await to.putRangeFrom('f', blobs.source('b.', blob?.etag ?? ''), { offset: 0, sizeBytes: 5 }, signal);
      expect(await subject.content(subject.destination, to.container, 'f')).toBe('HELLO world');
      expect((await to.stat('f', { signal }))?.smb?.lastWriteTime).toBe(times.lastWriteTime);
    });

    it('sets attributes and times afterwards, and a read-only file takes no more', async () => {
      await put('f');
      await to.createFile('f', 5, { metadata: { Kept: '1' } }, signal);
      const settings: FileSettings = {
        properties: { contentType: 'a/b' },
        smb: { ...times, attributes: 'ReadOnly | Archive' },
      };
      expect(await counted(() => to.setFile('f', settings, signal))).toBe(1);
      expect(await to.stat('f', { signal })).toMatchObject({
        properties: { contentType: 'a/b' },
        metadata: { Kept: '1' },
        smb: times,
      });
      const range = to.putRangeFrom('f', from.source('f', ''), { offset: 0, sizeBytes: 5 }, signal);
      expect(await codeOf(range)).toBe('destination-read-only');
    });

    it('carries a security descriptor by the keys of both shares', async () => {
      const descriptor = 'O:SYG:SYD:(A;;FA;;;SY)';
      const key = await from.createPermission(descriptor, signal);
      expect(await from.createPermission(descriptor, signal)).toBe(key);
      const sddl = await from.readPermission(key, signal);
      const other = await to.createPermission(sddl, signal);
      await to.createDirectory('d/', { smb: { permissionKey: other } }, signal);
      expect((await to.stat('d/', { signal }))?.smb?.permissionKey).toBe(other);
      expect(await to.readPermission(other, signal)).toBe(sddl);
    });

    it('sets a directory, and deletes it and a file', async () => {
      await to.createDirectory('d/', {}, signal);
      await to.setDirectory('d/', { smb: { creationTime: times.creationTime } }, signal);
      expect((await to.stat('d/', { signal }))?.smb?.creationTime).toBe(times.creationTime);
      await to.createFile('d/f', 1, {}, signal);
      await to.delete('d/f', '', signal);
      await to.delete('d/', '', signal);
      expect((await to.listDirectory({ directory: '', signal })).objects).toEqual([]);
      expect(await codeOf(to.delete('d/f', '', signal))).toBe('destination-changed');
    });

    it('says which ranges are stored', async () => {
      await put('f', 'x'.repeat(2048));
      const mebibytes = 8 * 1024 * 1024;
      await to.createFile('f', mebibytes, {}, signal);
      await to.putRangeFrom('f', from.source('f', ''), { offset: 0, sizeBytes: 2048 }, signal);
      expect(await to.listRanges('f', signal)).toEqual([{ offset: 0, sizeBytes: 2048 }]);
    });

    it('makes a share once and finds it', async () => {
      const store = subject.open(subject.destination, 'destination');
      expect(await store.containerExists('fresh', signal)).toBe(false);
      expect(await store.createContainer('fresh', signal)).toBe(true);
      expect(await store.createContainer('fresh', signal)).toBe(false);
      expect(await store.containerExists('fresh', signal)).toBe(true);
      expect((await store.listContainers(undefined, signal)).names).toContain('fresh');
    });

    it('gives up when the signal has fired', async () => {
      expect(await codeOf(to.createFile('f', 1, {}, AbortSignal.abort()))).toBe('aborted');
    });

    it('refuses what the service does not have, without a request', async () => {
      const source = from.source('f', '');
      const requests = await counted(async () => {
        expect(await codeOf(to.list({ prefix: '', signal }))).toBe('unsupported');
        const copy = to.copyFrom('f', source, { absent: true }, { copyProperties: true }, signal);
        expect(await codeOf(copy)).toBe('unsupported');
        const range = { offset: 0, sizeBytes: 1 };
        expect(await codeOf(to.stageFrom('f', 'aaaa', source, range, signal))).toBe('unsupported');
        expect(await codeOf(to.listBlocks('f', signal))).toBe('unsupported');
        const commit = to.commit('f', [], { absent: true }, { copyProperties: false }, signal);
        expect(await codeOf(commit)).toBe('unsupported');
      });
      expect(requests).toBe(0);
    });
  });
}
