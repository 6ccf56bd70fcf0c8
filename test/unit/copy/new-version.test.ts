import { describe, expect, it } from 'vitest';
import { planNewVersion } from '../../../src/copy/new-version.js';
import type { Operation } from '../../../src/job/operation.js';
import type { ListedObject } from '../../../src/storage/store.js';
import { createFixture } from './fixture.js';

const planned: Operation = {
  action: 'copy',
  pair: 3,
  key: 'a',
  reason: 'different',
  sizeBytes: 10,
  etag: '"1"',
  lastModified: '2026-01-01T00:00:00.000Z',
  destinationEtag: '"d"',
  md5: 'old',
  tier: 'Cool',
  tags: { v: '1' },
};
const found: ListedObject = {
  key: 'in/a',
  sizeBytes: 20,
  etag: '"2"',
  lastModified: '2026-02-02T00:00:00.000Z',
  blobType: 'BlockBlob',
  tier: 'Hot',
  tierInferred: true,
  properties: { contentType: 'a/b' },
  metadata: { Foo: '1' },
};

describe('planNewVersion', () => {
  it('keeps place and pin of the plan and nothing of the old version', () => {
    expect(planNewVersion(planned, found, createFixture().context().settings)).toEqual({
      action: 'copy',
      pair: 3,
      key: 'a',
      reason: 'different',
      destinationEtag: '"d"',
      sizeBytes: 20,
      etag: '"2"',
      lastModified: '2026-02-02T00:00:00.000Z',
    });
  });

  it('takes MD5, tags and an explicit tier of the new version', () => {
    const { settings } = createFixture().context();
    const rich = { ...found, md5: 'new', tags: { v: '2' }, tierInferred: false };
    expect(planNewVersion(planned, rich, settings)).toMatchObject({
      md5: 'new',
      tags: { v: '2' },
      tier: 'Hot',
    });
    expect(planNewVersion(planned, rich, { ...settings, tier: 'off' }).tier).toBeUndefined();
  });
});
