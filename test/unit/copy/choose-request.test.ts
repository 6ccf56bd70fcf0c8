import { describe, expect, it } from 'vitest';
import { carriedSettings, chooseRequest, pinOf, writeSettings } from '../../../src/copy/choose-request.js';
import type { CopySettings } from '../../../src/copy/context.js';
import type { Operation } from '../../../src/job/operation.js';
import { serviceLimits } from '../../../src/job/limits.js';
import type { ListedObject } from '../../../src/storage/store.js';

const settings: CopySettings = {
  tier: 'auto',
  preserveProperties: true,
  preserveMetadata: true,
  singleShotBytes: 1000,
};

const operation: Operation = {
  action: 'copy',
  pair: 0,
  key: 'a',
  reason: 'new',
  sizeBytes: 10,
  etag: '"1"',
  lastModified: '2026-01-01T00:00:00.000Z',
};

describe('chooseRequest', () => {
  it.each([
    [999, 'single-shot'],
    [1000, 'single-shot'],
    [1001, 'blocks'],
    [0, 'single-shot'],
  ] as const)('sends %i bytes as %s when the limit is 1000', (sizeBytes, choice) => {
    expect(chooseRequest({ ...operation, sizeBytes }, settings)).toBe(choice);
  });

  it('never asks one request for more than the service takes', () => {
    const wide = { ...settings, singleShotBytes: Number.MAX_SAFE_INTEGER };
    const limit = serviceLimits.putBlobFromUrlBytes;
    expect(chooseRequest({ ...operation, sizeBytes: limit }, wide)).toBe('single-shot');
    expect(chooseRequest({ ...operation, sizeBytes: limit + 1 }, wide)).toBe('blocks');
  });

  it('takes blocks when the plan says that metadata must be dropped', () => {
    const dropping = { ...settings, preserveMetadata: false };
    expect(chooseRequest(operation, dropping)).toBe('single-shot');
    expect(chooseRequest({ ...operation, metadata: {} }, dropping)).toBe('blocks');
    expect(chooseRequest({ ...operation, metadata: {} }, { ...dropping, metadata: { b: '2' } })).toBe(
      'single-shot',
    );
  });
});

describe('carriedSettings', () => {
  const found: ListedObject = {
    key: 'a',
    sizeBytes: 10,
    etag: '"2"',
    lastModified: '2026-01-01T00:00:00.000Z',
    blobType: 'BlockBlob',
    properties: { contentType: 'a/b' },
    metadata: { Foo: '1' },
  };

  it('carries nothing that one request copies by itself', () => {
    expect(carriedSettings(found, settings)).toEqual({});
    expect(carriedSettings({ ...found, metadata: {} }, { ...settings, preserveMetadata: false })).toEqual({});
  });

  it('carries all of it for blocks', () => {
    expect(carriedSettings({ ...found, sizeBytes: 1001 }, settings)).toEqual({
      properties: { contentType: 'a/b' },
      metadata: { Foo: '1' },
    });
  });

  it('carries empty metadata where it must be dropped', () => {
    expect(carriedSettings(found, { ...settings, preserveMetadata: false }).metadata).toEqual({});
    expect(carriedSettings(found, { ...settings, metadata: {} }).metadata).toEqual({});
  });

  it('carries complete properties where the spec sets some', () => {
    const own = { ...settings, properties: { cacheControl: 'c' } };
    expect(carriedSettings(found, own)).toEqual({ properties: { contentType: 'a/b', cacheControl: 'c' } });
    expect(carriedSettings(found, { ...own, preserveProperties: false })).toEqual({
      properties: { cacheControl: 'c' },
    });
  });
});

describe('pinOf', () => {
  it('demands nothing there, or the version that the plan saw', () => {
    expect(pinOf(operation)).toEqual({ absent: true });
    expect(pinOf({ ...operation, destinationEtag: '"9"' })).toEqual({ etag: '"9"' });
  });
});

describe('writeSettings', () => {
  it('lets the service copy properties and metadata by default', () => {
    expect(writeSettings(operation, settings, 'single-shot')).toEqual({ copyProperties: true });
  });

  it('copies no properties when they are not to be preserved (a switch that AzCopy ignores)', () => {
    const off = { ...settings, preserveProperties: false };
    expect(writeSettings(operation, off, 'single-shot')).toEqual({ copyProperties: false });
    expect(writeSettings({ ...operation, properties: { contentType: 'a/b' } }, off, 'blocks')).toEqual({
      copyProperties: false,
      properties: {},
    });
  });

  it('sets the properties and the metadata of the spec instead of the source’s', () => {
    const own = { ...settings, properties: { contentType: 'x/y' }, metadata: { a: '1' } };
    expect(writeSettings(operation, own, 'single-shot')).toEqual({
      copyProperties: true,
      properties: { contentType: 'x/y' },
      metadata: { a: '1' },
    });
    const carried = { ...operation, properties: { contentType: 'a/b', cacheControl: 'no-cache' } };
    const merged = { contentType: 'x/y', cacheControl: 'no-cache' };
    expect(writeSettings(carried, own, 'single-shot')).toMatchObject({
      copyProperties: false,
      properties: merged,
    });
    expect(writeSettings(carried, own, 'blocks')).toMatchObject({ properties: merged, metadata: { a: '1' } });
    expect(writeSettings(operation, { ...own, preserveProperties: false }, 'single-shot')).toMatchObject({
      copyProperties: false,
      properties: { contentType: 'x/y' },
    });
  });

  it('says all of it by itself when an object is put together from blocks', () => {
    const carried = { ...operation, properties: { contentType: 'a/b' }, metadata: { Foo: '1' }, md5: 'abc=' };
    expect(writeSettings(carried, settings, 'blocks')).toEqual({
      copyProperties: false,
      properties: { contentType: 'a/b' },
      metadata: { Foo: '1' },
      md5: 'abc=',
    });
    expect(
      writeSettings(carried, { ...settings, preserveMetadata: false }, 'blocks').metadata,
    ).toBeUndefined();
  });

  it('keeps an explicit tier, keeps an inferred one inferred, and lets the spec set one', () => {
    const cool = { ...operation, tier: 'Cool' };
    expect(writeSettings(cool, settings, 'single-shot').tier).toBe('Cool');
    expect(writeSettings(operation, settings, 'blocks').tier).toBeUndefined();
    expect(writeSettings(cool, { ...settings, tier: 'off' }, 'single-shot').tier).toBeUndefined();
    expect(writeSettings(cool, { ...settings, tier: 'off', setTier: 'Cold' }, 'blocks').tier).toBe('Cold');
  });
});
