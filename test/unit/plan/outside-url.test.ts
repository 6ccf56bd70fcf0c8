import { describe, expect, it } from 'vitest';
import { readOutsideUrl } from '../../../src/plan/outside-url.js';
import { hostileLocations } from '../../support/hostile-locations.js';

const rules = { allowedHosts: ['hooks.contoso.com', '*.s3.eu-west-1.amazonaws.com'] };

function verdict(url: string, more: object = {}): string {
  const read = readOutsideUrl(url, { ...rules, ...more });
  return read.ok ? read.host : read.code;
}

describe('a URL outside the account table', () => {
  it('is taken as it is where its host is allowed', () => {
    const url = 'https://hooks.contoso.com/finished/a%20job';
    expect(readOutsideUrl(url, rules)).toEqual({ ok: true, url, host: 'hooks.contoso.com' });
    expect(verdict('https://photos.s3.eu-west-1.amazonaws.com')).toBe('photos.s3.eu-west-1.amazonaws.com');
    expect(verdict('https://hooks.contoso.com/?to=me', { allowsQuery: true })).toBe('hooks.contoso.com');
  });

  it.each([
    ['http://hooks.contoso.com/', 'unsupported-scheme'],
    ['HTTPS://hooks.contoso.com/', 'unsupported-scheme'],
    ['https://me:pw@hooks.contoso.com/', 'user-info-not-allowed'],
    ['https://hooks.contoso.com:443/', 'port-not-allowed'],
    ['https://hooks.contoso.com:8443/', 'port-not-allowed'],
    ['https://127.0.0.1/', 'address-not-allowed'],
    ['https://2130706433/', 'address-not-allowed'],
    ['https://0x7f000001/', 'address-not-allowed'],
    ['https://[::1]/', 'address-not-allowed'],
    ['https://hooks.contoso.com./', 'bad-host'],
    ['https://Hooks.contoso.com/', 'bad-host'],
    ['https://localhost/', 'bad-host'],
    ['https://hooks%2econtoso.com/', 'bad-host'],
    ['https://127.0.0.1.x1/', 'host-not-allowed'],
    ['https://evil.example/', 'host-not-allowed'],
    ['https://hooks.contoso.com.evil.example/', 'host-not-allowed'],
    ['https://evilhooks.contoso.com/', 'host-not-allowed'],
    ['https://s3.eu-west-1.amazonaws.com/', 'host-not-allowed'],
    ['https://a.b.s3.eu-west-1.amazonaws.com/', 'host-not-allowed'],
    ['https://hooks.contoso.com/?sig=c2VjcmV0', 'query-not-allowed'],
    ['https://hooks.contoso.com/#x', 'fragment-not-allowed'],
    ['https://hooks.contoso.com\\@evil.example/', 'bad-characters'],
    ['https://hooks.contoso.com/ x', 'bad-characters'],
    ['https://hοοks.contoso.com/', 'bad-characters'],
    ['https://hooks.contoso.com/%2e%2e/x', 'encoded-dots'],
    ['https://hooks.contoso.com/./x', 'encoded-dots'],
  ])('%s is refused: %s', (url, code) => {
    expect(verdict(url)).toBe(code);
  });

  it('leads to the allowed host and nowhere else, whatever a URL parser makes of it', () => {
    const hostile = hostileLocations({
      endpoint: 'https://hooks.contoso.com',
      hostEndpoint: 'https://transhiphost.blob.core.windows.net',
      listener: '127.0.0.1:4443',
    });
    const only = { allowedHosts: ['hooks.contoso.com'], allowsQuery: true };
    const taken = hostile.filter((url) => readOutsideUrl(url, only).ok);
    expect(hostile.length).toBeGreaterThan(200);
    expect(taken.filter((url) => new URL(url).host !== 'hooks.contoso.com')).toEqual([]);
    expect(hostile.filter((url) => readOutsideUrl(url, { allowedHosts: [] }).ok)).toEqual([]);
  });

  it('says what is allowed, and nothing of the query', () => {
    const read = readOutsideUrl('https://evil.example/?sig=c2VjcmV0', rules);
    expect(read).toMatchObject({ detail: 'evil.example is not an allowed host' });
    expect(JSON.stringify(read)).not.toContain('c2VjcmV0');
    expect(readOutsideUrl('https://evil.example/', { allowedHosts: [] })).toMatchObject({
      advice: expect.stringContaining('no host is allowed') as string,
    });
  });
});
