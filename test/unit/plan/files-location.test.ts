import { describe, expect, it } from 'vitest';
import type { Account } from '../../../src/job/account.js';
import { formatLocation, parseLocation } from '../../../src/plan/location.js';

const account: Account = {
  name: 'one',
  blobEndpoint: 'https://one.blob.example.net',
  fileEndpoint: 'https://one.file.example.net',
  listingOrder: 'utf8',
};
const blobOnly: Account = { name: 'two', blobEndpoint: 'https://two.blob.example.net', listingOrder: 'utf8' };

function parse(url: string): unknown {
  return parseLocation(url, [account, blobOnly]);
}

describe('a URL of Azure Files', () => {
  it.each([
    ['https://one.file.example.net', '', ''],
    ['https://one.file.example.net/share', 'share', ''],
    ['https://one.file.example.net/share/dir/file.txt', 'share', 'dir/file.txt'],
    ['https://one.file.example.net/share/dir./', 'share', 'dir./'],
  ])('is a place in the files service: %s', (url, container, path) => {
    expect(parse(url)).toEqual({ ok: true, account: 'one', service: 'files', container, path });
  });

  it('says nothing of a service for blobs, as records always did', () => {
    expect(parse('https://one.blob.example.net/photos')).toEqual({
      ok: true,
      account: 'one',
      container: 'photos',
      path: '',
    });
  });

  it('takes a wildcard in the last segment', () => {
    expect(parse('https://one.file.example.net/share/dir/a*')).toMatchObject({
      path: 'dir/',
      wildcard: 'a*',
    });
  });

  it.each([
    ['https://one.file.example.net/$root/a', 'bad-container-name'],
    ['https://one.file.example.net/Share/a', 'bad-container-name'],
    ['https://one.file.example.net/sh*/a', 'wildcard-position'],
    ['https://two.file.example.net/share', 'account-not-configured'],
    [`https://one.file.example.net/share/${'a'.repeat(2049)}`, 'path-too-long'],
  ])('is refused: %s', (url, code) => {
    expect(parse(url)).toMatchObject({ ok: false, code });
  });

  it('may be longer than a blob’s', () => {
    const path = `${'a'.repeat(200)}/`.repeat(8);
    expect(parse(`https://one.file.example.net/share/${path}`)).toMatchObject({ ok: true, path });
  });

  it('is written from its parts again', () => {
    expect(formatLocation(account, 'share', 'a b/', 'files')).toBe(
      'https://one.file.example.net/share/a%20b/',
    );
    expect(formatLocation(account, '', '', 'files')).toBe('https://one.file.example.net');
    expect(formatLocation(blobOnly, 'share', '', 'files')).toBe('two');
  });

  it('is advised with every endpoint that there is', () => {
    expect(parse('https://none.example.net/x')).toMatchObject({
      advice: expect.stringContaining('one (https://one.file.example.net)') as string,
    });
  });
});
