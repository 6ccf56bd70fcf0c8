import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact } from '../../../src/job/redact.js';

const bytes = (length: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Buffer.from(array));
const accountKey = bytes(64).map((key) => key.toString('base64'));
const signature = bytes(32).map((key) => key.toString('base64'));
const hex = bytes(32).map((key) => key.toString('hex'));
const url64 = (length: number): fc.Arbitrary<string> => bytes(length).map((key) => key.toString('base64url'));
const jwt = fc.tuple(fc.uuid(), fc.uuid(), bytes(32)).map(([oid, tid, key]) => {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const content = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ oid, tid })}`;
  return `${content}.${createHmac('sha256', key).update(content).digest('base64url')}`;
});
const functionKey = fc.tuple(url64(33), url64(6)).map(([head, tail]) => `${head}AzFu${tail}==`);
const clientSecret = fc
  .tuple(url64(3), url64(25))
  .map(([head, tail]) => `${head.slice(0, 3)}8Q~${tail.slice(0, 34).padEnd(34, 'x')}`);

/** A secret and a text that carries it. */
type Planted = readonly [secret: string, carrier: string];
const planted = (secret: fc.Arbitrary<string>, carry: (secret: string) => string): fc.Arbitrary<Planted> =>
  secret.map((text) => [text, carry(text)] as const);
const encoded = (text: string): string => encodeURIComponent(text);

const carriers: Readonly<Record<string, fc.Arbitrary<Planted>>> = {
  'a SAS': planted(
    signature.map(encoded),
    (sig) => `https://a.blob.core.windows.net/c/b?sv=2025&sp=r&sig=${sig}&se=2026`,
  ),
  'a SAS without its URL': planted(signature.map(encoded), (sig) => `sig=${sig}&sv=2025`),
  'a SAS that is not encoded': planted(signature, (sig) => `https://a/c?sv=1&SIG=${sig}`),
  'a SAS in HTML': planted(signature.map(encoded), (sig) => `https://a/c?sv=1&amp;sig=${sig}&amp;se=2`),
  'a SAS in JSON': planted(
    signature.map(encoded),
    (sig) => `{"u":"https://a/c?sv=1\\u0026sig=${sig}\\u0026se=2"}`,
  ),
  'a SAS inside a parameter': planted(
    signature.map(encoded),
    (sig) => `/copy?from=https%3A%2F%2Fa%2Fc%3Fsv%3D1%26sig%3D${encoded(sig)}%26se%3D2`,
  ),
  'a connection string': planted(
    accountKey,
    (key) => `DefaultEndpointsProtocol=https;AccountName=a;AccountKey=${key};EndpointSuffix=core.windows.net`,
  ),
  'a connection string with a SAS': planted(
    signature.map(encoded),
    (sig) => `BlobEndpoint=https://a/;SharedAccessSignature=sv=1&sig=${sig}`,
  ),
  'a key of a service bus': planted(
    signature,
    (key) => `Endpoint=sb://b/;SharedAccessKeyName=n;SharedAccessKey=${key}`,
  ),
  'an account key alone': planted(accountKey, (key) => key),
  'an account key in JSON': planted(accountKey, (key) => JSON.stringify({ accountKey: key })),
  'a bearer token': planted(jwt, (token) => `authorization: Bearer ${token}`),
  'an opaque bearer token': planted(url64(40), (token) => `Authorization: bearer ${token}`),
  'a bearer token for a source': planted(
    jwt,
    (token) => `"x-ms-copy-source-authorization":"Bearer ${token}"`,
  ),
  'a user delegation key': planted(
    signature,
    (key) => `<SignedVersion>2025-07-05</SignedVersion><Value>${key}</Value></UserDelegationKey>`,
  ),
  'a user delegation SAS inside another URL': planted(
    signature.map((sig) => encoded(encoded(sig))),
    (sig) => `source=https%3A%2F%2Fa.example%2Fc%3Fskoid%3Do%26sp%3Dr%26sig%3D${sig}`,
  ),
  'a token alone': planted(jwt, (token) => token),
  'a token in JSON': planted(url64(40), (token) => JSON.stringify({ access_token: token })),
  'a token in JSON in JSON': planted(url64(40), (token) =>
    JSON.stringify(JSON.stringify({ access_token: token })),
  ),
  'a shared key': planted(signature, (sig) => `Authorization: SharedKey account:${sig}`),
  'a function key in a URL': planted(url64(40), (key) => `https://f/api/jobs?code=${key}`),
  'a function key in a header': planted(url64(40), (key) => `x-functions-key: ${key}`),
  'a function key alone': planted(functionKey, (key) => key),
  'an identity header': planted(fc.uuid(), (id) => `x-identity-header: ${id}`),
  'a client secret': planted(clientSecret, (secret) => `client_secret=${encoded(secret)}&grant_type=x`),
  'a client secret alone': planted(clientSecret, (secret) => secret),
  'a setting': planted(clientSecret, (secret) => `AZCOPY_SPA_CLIENT_SECRET=${secret}`),
  'an AWS signature': planted(
    hex,
    (sig) =>
      `Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261122/eu/s3/aws4_request, SignedHeaders=host, Signature=${sig}`,
  ),
  'a presigned URL': planted(
    hex,
    (sig) => `https://b.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4&X-Amz-Signature=${sig}`,
  ),
  'a session token of AWS': planted(
    signature.map(encoded),
    (token) => `https://b/k?X-Amz-Date=1&X-Amz-Security-Token=${token}&x=1`,
  ),
  'an old AWS signature': planted(
    bytes(20).map((key) => key.toString('base64')),
    (sig) => `Authorization: AWS AKIAIOSFODNN7EXAMPLE:${sig}`,
  ),
  'a password in a URL': planted(hex, (word) => `https://me:${word}@a.example/x`),
  'a private key': planted(
    accountKey,
    (key) => `-----BEGIN RSA PRIVATE KEY-----\n${key}\n-----END RSA PRIVATE KEY-----`,
  ),
  'basic access': planted(url64(24), (key) => `authorization: Basic ${key.replaceAll(/[-_]/g, 'a')}`).map(
    ([secret, carrier]) => [secret.replaceAll(/[-_]/g, 'a'), carrier] as const,
  ),
};

/** What stands around: anything, then a character that no value goes on over. */
const before = fc
  .tuple(fc.string({ unit: 'grapheme' }), fc.constantFrom(' ', '"', '\n', '(', '>', ', ', ': '))
  .map((part) => part.join(''));
const after = fc
  .tuple(fc.constantFrom(' ', '"', '\n', "'", '<'), fc.string({ unit: 'grapheme' }))
  .map((part) => part.join(''));

describe('redact', () => {
  it.each(Object.entries(carriers))('leaves nothing of %s, whatever stands around it', (_, carrier) => {
    fc.assert(
      fc.property(carrier, before, after, ([secret, text], left, right) => {
        const kept = redact(left + text + right);
        expect(kept).not.toContain(secret);
        expect(kept).toContain('[hidden]');
      }),
      { numRuns: 300 },
    );
  });

  it('leaves nothing of many secrets in one text', () => {
    const all = fc.array(fc.oneof(...Object.values(carriers)), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(all, fc.constantFrom(' ', '\n', ' and '), (parts, between) => {
        const kept = redact(parts.map(([, text]) => text).join(between));
        for (const [secret] of parts) expect(kept).not.toContain(secret);
      }),
    );
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.oneof(...Object.values(carriers)), before, after, ([, text], left, right) => {
        const once = redact(left + text + right);
        expect(redact(once)).toBe(once);
      }),
    );
  });

  it('keeps JSON JSON', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(...Object.values(carriers))), (parts) => {
        const value = { list: parts.map(([, text]) => text), n: 1 };
        const kept = JSON.parse(redact(JSON.stringify(value))) as typeof value;
        expect([kept.n, kept.list.length]).toEqual([1, parts.length]);
      }),
    );
  });

  const word = fc.constantFrom(
    'photo',
    'Bearer',
    'Basic',
    'signature',
    'code',
    'key',
    'Ünïcode',
    '日本',
    'sig',
    'token',
    'a b',
    'x+y',
    '100%',
    'eyJ',
    '🚢',
  );
  const segment = fc.oneof(
    word,
    fc.tuple(word, fc.nat()).map(([name, n]) => `${name}=${String(n)}`),
    fc.constantFrom('code=DE', 'sig=1', 'key=abc', 'year=2026', 'token=none'),
    fc.uuid(),
    hex,
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    fc.tuple(word, word).map((pair) => pair.join('-')),
  );
  const name = fc
    .tuple(
      fc.array(segment, { minLength: 1, maxLength: 6 }),
      fc.constantFrom('', '.jpg', '.tar.gz', '.parquet'),
    )
    .map(([segments, ending]) => segments.join('/') + ending);

  it('leaves ordinary names of objects as they are, plain, in a sentence and in a URL', () => {
    fc.assert(
      fc.property(name, (key) => {
        for (const text of [
          key,
          `copied ${key} in 3 s`,
          JSON.stringify({ key }),
          `https://a.blob.core.windows.net/c/${key.split('/').map(encoded).join('/')}`,
        ]) {
          expect(redact(text)).toBe(text);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('leaves sentences about secrets as they are', () => {
    for (const text of [
      'Bearer authentication is required; keyless',
      'set AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH',
      'Authorization: the role is missing',
      'the URL carries a shared access signature; sig= is not allowed',
      'https://a.blob.core.windows.net/c/me@example.com',
      'exit code=1',
    ]) {
      expect(redact(text)).toBe(text);
    }
  });

  it('is quick on long texts that are made to be slow', () => {
    const hostile = [
      'eyJ'.repeat(50_000),
      'sig='.repeat(50_000),
      '-----BEGIN '.repeat(20_000),
      'A'.repeat(300_000),
      'https://a:'.repeat(30_000),
    ];
    const start = performance.now();
    for (const text of hostile) redact(text);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
