import { describe, expect, it } from 'vitest';
import type { ManifestRow } from '../../../src/job/manifest.js';
import { manifestListing, restoredListing } from '../../../src/plan/manifest-listing.js';
import { listed, PagedStore, specOf } from './plan-fixtures.js';
import { drafts, lines, merged, scanOf } from './scan-fixtures.js';

const rows: readonly ManifestRow[] = ['gone', 'same', 'other'].sort().map((key) => ({
  key,
  sizeBytes: 10,
  etag: key === 'other' ? '"old"' : listed(key).etag,
  lastModified: '2026-01-01T00:00:00.000Z',
  home: 'p1',
}));
const readPage = (page: number): Promise<readonly ManifestRow[] | undefined> =>
  Promise.resolve(page === 0 ? rows : undefined);

describe('scanGroup of a backup', () => {
  it('copies what the manifest does not have as it is now, and tells where the rest lies', async () => {
    const source = new PagedStore(['new', 'other', 'same'].map((key) => listed(key)));
    const destination = manifestListing(new PagedStore([]), '', readPage);
    const spec = specOf({ backup: { kind: 'incremental', policy: 'p', point: 'p2', base: 'p1' } });
    const draft = merged(await drafts(scanOf([{ source, destination }], { spec })));
    expect(lines(draft)).toEqual(['5 copy new new', '5 copy other different', '5 skip same same']);
    expect(draft.skips[0]?.kept?.home).toBe('p1');
    expect(draft.copies.every(({ destinationEtag }) => destinationEtag === undefined)).toBe(true);
  });

  it('fails what a restore finds lost', async () => {
    const source = restoredListing(
      new PagedStore([listed('other'), listed('same')]),
      { base: '', home: 'p1' },
      readPage,
    );
    const draft = merged(await drafts(scanOf([{ source, destination: new PagedStore([]) }])));
    expect(draft.failures).toEqual([{ pair: 5, key: 'gone', reason: 'source-not-found' }]);
    expect(draft.copies.map(({ key }) => key)).toEqual(['other', 'same']);
  });
});
