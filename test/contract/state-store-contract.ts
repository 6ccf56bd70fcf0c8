import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StateStore } from '../../src/storage/state-store.js';

export interface StateSubject {
  readonly store: StateStore;
  close(): Promise<void>;
}

/** Runs the promises of `storage/state-store.ts` against an implementation whose container is not made yet. */
export function stateStoreContract(name: string, openSubject: () => Promise<StateSubject>): void {
  describe(`${name} keeps the contract of a state store`, () => {
    let subject: StateSubject;
    let store: StateStore;
    beforeAll(async () => {
      subject = await openSubject();
      store = subject.store;
    });
    afterAll(() => subject.close());

    it('is empty before anything was written', async () => {
      expect(await store.get('a')).toBeUndefined();
      expect(await store.list('')).toEqual({ entries: [] });
      await expect(store.delete('a')).resolves.toBeUndefined();
    });

    it('gives back body, metadata and ETag', async () => {
      const etag = await store.put('x/y', 'grüße', { metadata: { total: '3' } });
      expect(etag).toMatch(/^".+"$/);
      const blob = await store.get('x/y');
      expect(blob?.body.toString('utf8')).toBe('grüße');
      expect(blob).toMatchObject({ etag, metadata: { total: '3' } });
      expect(new Date(blob?.lastModified ?? '').toISOString()).toBe(blob?.lastModified);
    });

    it('keeps bytes as they are, and an empty body', async () => {
      const bytes = Buffer.from([0, 255, 10, 13, 128]);
      await store.put('bytes', bytes);
      await store.put('empty', '');
      expect((await store.get('bytes'))?.body.equals(bytes)).toBe(true);
      expect((await store.get('empty'))?.body.length).toBe(0);
    });

    it('creates only once', async () => {
      expect(await store.put('once', '1', { condition: { ifAbsent: true } })).toBeDefined();
      expect(await store.put('once', '2', { condition: { ifAbsent: true } })).toBeUndefined();
      expect((await store.get('once'))?.body.toString()).toBe('1');
    });

    it('changes only the version that it was told', async () => {
      const first = (await store.put('swap', '1')) ?? '';
      const second = (await store.put('swap', '2', { condition: { ifMatch: first } })) ?? '';
      expect(second).not.toBe(first);
      expect(await store.put('swap', '3', { condition: { ifMatch: first } })).toBeUndefined();
      expect((await store.get('swap'))?.body.toString()).toBe('2');
    });

    it('does not change what is gone', async () => {
      const etag = (await store.put('gone', '1')) ?? '';
      await store.delete('gone');
      expect(await store.put('gone', '2', { condition: { ifMatch: etag } })).toBeUndefined();
      expect(await store.get('gone')).toBeUndefined();
    });

    it('lets one of many writers win', async () => {
      const etag = (await store.put('race', '0')) ?? '';
      const results = await Promise.all(
        ['1', '2', '3', '4'].map((body) => store.put('race', body, { condition: { ifMatch: etag } })),
      );
      expect(results.filter((result) => result !== undefined)).toHaveLength(1);
    });

    it('lists names in ascending order, page after page, with metadata', async () => {
      for (const name of ['list/b', 'list/a', 'list/c', 'lisp']) {
        await store.put(name, name, { metadata: { kind: 'x' } });
      }
      const names: string[] = [];
      let token: string | undefined;
      do {
        const page = await store.list('list/', token, 2);
        expect(page.entries.length).toBeLessThanOrEqual(2);
        for (const entry of page.entries) {
          names.push(entry.name);
          expect(entry).toMatchObject({ metadata: { kind: 'x' }, sizeBytes: 6 });
          expect(entry.etag).toBe((await store.get(entry.name))?.etag);
        }
        token = page.next;
      } while (token !== undefined);
      expect(names).toEqual(['list/a', 'list/b', 'list/c']);
    });

    it('deletes, also twice', async () => {
      await store.put('d', '1');
      await store.delete('d');
      await store.delete('d');
      expect(await store.get('d')).toBeUndefined();
    });
  });
}
