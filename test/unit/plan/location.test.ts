import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Account } from '../../../src/job/account.js';
import { formatLocation, isContainerName, parseLocation } from '../../../src/plan/location.js';

const one: Account = { name: 'one', blobEndpoint: 'https://one.blob.example.net', listingOrder: 'utf8' };
const two: Account = { name: 'two', blobEndpoint: 'https://127.0.0.1:24000/two', listingOrder: 'utf16' };
const accounts = [one, two];

function parse(url: string): unknown {
  return parseLocation(url, accounts);
}

function codeOf(url: string, table: readonly Account[] = accounts): string | undefined {
  const result = parseLocation(url, table);
  return result.ok ? undefined : result.code;
}

describe('parseLocation', () => {
  it.each([
    ['https://one.blob.example.net', '', ''],
    ['https://one.blob.example.net/', '', ''],
    ['https://one.blob.example.net/photos', 'photos', ''],
    ['https://one.blob.example.net/photos/', 'photos', ''],
    ['https://one.blob.example.net/photos/2026/', 'photos', '2026/'],
    ['https://one.blob.example.net/photos//x', 'photos', '/x'],
    ['https://one.blob.example.net/photos/a/../b', 'photos', 'a/../b'],
    ['https://one.blob.example.net/photos/a%2F..%2Fb', 'photos', 'a/../b'],
    ['https://one.blob.example.net/photos/a/./b', 'photos', 'a/./b'],
    ['https://one.blob.example.net/photos/..%2Fb', 'photos', '../b'],
    ['https://one.blob.example.net/photos/a%2Etxt', 'photos', 'a.txt'],
    ['https://one.blob.example.net/photos/50%25%20off+tax', 'photos', '50% off+tax'],
    ['https://one.blob.example.net/photos/%F0%9F%98%80 Grüße', 'photos', '😀 Grüße'],
    ['https://one.blob.example.net/photos/a%3Fb%23c', 'photos', 'a?b#c'],
    ['https://one.blob.example.net/photos/%2A.jpg', 'photos', '*.jpg'],
    ['https://one.blob.example.net/photos/a@b', 'photos', 'a@b'],
    ['https://one.blob.example.net/$root/x', '$root', 'x'],
    ['https://one.blob.example.net/$web', '$web', ''],
  ])('reads %s', (url, container, path) => {
    expect(parse(url)).toEqual({ ok: true, account: 'one', container, path });
  });

  it('matches an endpoint with a path by whole segments', () => {
    expect(parse('https://127.0.0.1:24000/two/photos/x')).toEqual({
      ok: true,
      account: 'two',
      container: 'photos',
      path: 'x',
    });
    expect(codeOf('https://127.0.0.1:24000/two2/photos/x')).toBe('account-not-configured');
  });

  it.each([
    ['dir/*.jpg', 'dir/', '*.jpg'],
    ['*', '', '*'],
    ['a*b*', '', 'a*b*'],
    ['dir/img[1]*', 'dir/', String.raw`img\[1\]*`],
    ['dir/a%3F%2A%5C*', 'dir/', String.raw`a\?\*\\*`],
    ['dir%2Fsub%2Fa*', 'dir/sub/', 'a*'],
  ])('takes the last segment of %s for a wildcard', (path, folder, wildcard) => {
    expect(parse(`https://one.blob.example.net/photos/${path}`)).toEqual({
      ok: true,
      account: 'one',
      container: 'photos',
      path: folder,
      wildcard,
    });
  });

  it.each(['photos/*/x', 'ph*s', 'ph*s/x', 'photos/a*b%2Fc', '*'])('refuses the wildcard in %s', (path) => {
    expect(codeOf(`https://one.blob.example.net/${path}`)).toBe('wildcard-position');
  });

  it.each([
    ['http://one.blob.example.net/photos', 'unsupported-scheme'],
    ['HTTPS://one.blob.example.net/photos', 'unsupported-scheme'],
    ['s3://photos/x', 'unsupported-scheme'],
    ['one.blob.example.net/photos', 'unsupported-scheme'],
    ['', 'unsupported-scheme'],
    ['https://other.blob.example.net/photos', 'account-not-configured'],
    ['https://ONE.blob.example.net/photos', 'account-not-configured'],
    ['https://one.blob.example.net.evil.example/photos', 'account-not-configured'],
    ['https://one.blob.example.net:443/photos', 'account-not-configured'],
    ['https://one.blob.example.net%2Fphotos', 'account-not-configured'],
    ['https://10.0.0.4/photos', 'account-not-configured'],
    ['https://[::1]/photos', 'account-not-configured'],
    ['https://127.0.0.1:24001/two/photos', 'account-not-configured'],
    ['https://', 'account-not-configured'],
    ['https://one.blob.example.net@evil.example/photos', 'user-info-not-allowed'],
    ['https://me:secret@one.blob.example.net/photos', 'user-info-not-allowed'],
    ['https://one.blob.example.net/photos/x?sv=2026-01-01&sig=abc', 'sas-not-allowed'],
    ['https://one.blob.example.net/photos/x?SIG=abc#f', 'sas-not-allowed'],
    ['https://one.blob.example.net/photos/x?snapshot=1', 'query-not-allowed'],
    ['https://one.blob.example.net/photos/x?', 'query-not-allowed'],
    ['https://one.blob.example.net/photos/x#', 'fragment-not-allowed'],
    ['https://one.blob.example.net/photos/x#a?b', 'fragment-not-allowed'],
    [String.raw`https://one.blob.example.net\photos`, 'bad-characters'],
    ['https://one.blob.example.net/photos/a\nb', 'bad-characters'],
    ['https://one.blob.example.net/photos/\ud800', 'bad-characters'],
    ['https://one.blob.example.net/photos/100%', 'bad-encoding'],
    ['https://one.blob.example.net/photos/%zz/x', 'bad-encoding'],
    ['https://one.blob.example.net/photos/%FF', 'bad-encoding'],
    ['https://one.blob.example.net/photos/%C0%AF', 'bad-encoding'],
    ['https://one.blob.example.net/photos/a*%zz', 'bad-encoding'],
    ['https://one.blob.example.net/photos/%2e%2E/other', 'encoded-dots'],
    ['https://one.blob.example.net/photos/a/.%2e/b', 'encoded-dots'],
    ['https://one.blob.example.net/photos/a/%2e', 'encoded-dots'],
    ['https://one.blob.example.net/photos/../other/x', 'leaves-container'],
    ['https://one.blob.example.net/photos/a/../../other', 'leaves-container'],
    ['https://one.blob.example.net/photos/..', 'leaves-container'],
    ['https://one.blob.example.net/%2e%2e/x', 'bad-container-name'],
    ['https://one.blob.example.net/../x', 'bad-container-name'],
    ['https://one.blob.example.net//x', 'bad-container-name'],
    ['https://one.blob.example.net/Photos', 'bad-container-name'],
    ['https://one.blob.example.net/blob.txt', 'bad-container-name'],
  ])('refuses %j as %s', (url, code) => {
    expect(codeOf(url)).toBe(code);
  });

  it('takes a path of 1,024 characters and refuses one more', () => {
    const url = 'https://one.blob.example.net/photos/dir/';
    expect(codeOf(url + 'x'.repeat(1020))).toBeUndefined();
    expect(codeOf(url + 'x'.repeat(1021))).toBe('path-too-long');
    expect(codeOf(`${url}${'x'.repeat(1019)}*`)).toBeUndefined();
    expect(codeOf(`${url}${'x'.repeat(1020)}*`)).toBe('path-too-long');
    expect(codeOf(url + '%20'.repeat(1020))).toBeUndefined();
  });

  it('refuses a URL that fits two configured endpoints', () => {
    const nested: Account = { ...one, name: 'nested', blobEndpoint: `${one.blobEndpoint}/photos` };
    expect(codeOf('https://one.blob.example.net/photos/x', [one, nested])).toBe('account-ambiguous');
  });

  it('names the configured endpoints where the account is unknown', () => {
    expect(parse('https://other.blob.example.net/photos')).toMatchObject({
      detail: 'https://other.blob.example.net is not a configured account',
      advice: expect.stringContaining('one (https://one.blob.example.net)') as string,
    });
    expect(parseLocation('https://other.blob.example.net/photos', [])).toMatchObject({
      advice: expect.stringContaining('no account is configured') as string,
    });
  });

  it('never repeats a query, a fragment or user info', () => {
    const urls = [
      'https://one.blob.example.net/photos?sig=hush',
      'https://evil.example/photos?hush',
      'https://one.blob.example.net/photos#hush',
      'https://hush:hush@one.blob.example.net/photos',
      'http://hush@one.blob.example.net/photos?hush',
    ];
    for (const url of urls) {
      expect(JSON.stringify(parse(url))).not.toContain('hush');
    }
  });
});

describe('formatLocation', () => {
  it('keeps slashes readable and encodes the rest', () => {
    expect(formatLocation(one, '', '')).toBe('https://one.blob.example.net');
    expect(formatLocation(one, 'photos', '')).toBe('https://one.blob.example.net/photos');
    expect(formatLocation(one, 'photos', 'a b/*.jpg')).toBe(
      'https://one.blob.example.net/photos/a%20b/%2A.jpg',
    );
    expect(formatLocation(one, 'photos', 'a/../b')).toBe('https://one.blob.example.net/photos/a%2F..%2Fb');
    expect(formatLocation(one, 'photos', 'a/./b')).toBe('https://one.blob.example.net/photos/a%2F.%2Fb');
  });

  it('writes what parseLocation reads back', () => {
    const part = fc.constantFrom('.', '..', '/', '%', '*', '?', '#', '\\', 'a', 'é', '😀', ' ', '2e', '\n');
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 12 }).map((parts) => parts.join('')),
        fc.constantFrom(one, two),
        (path, account) => {
          fc.pre(path !== '..');
          expect(parse(formatLocation(account, 'photos', path))).toEqual({
            ok: true,
            account: account.name,
            container: 'photos',
            path,
          });
        },
      ),
    );
  });
});

describe('isContainerName', () => {
  it.each(['abc', 'a-b', '0a1', 'a'.repeat(63), '$root', '$web', '$logs', '$blobchangefeed'])(
    'accepts %s',
    (name) => {
      expect(isContainerName(name)).toBe(true);
    },
  );

  it.each(['', 'ab', 'a'.repeat(64), 'a--b', '-ab', 'ab-', 'aBc', 'a_b', 'a.b', '$other', 'abc\n'])(
    'refuses %j',
    (name) => {
      expect(isContainerName(name)).toBe(false);
    },
  );
});
