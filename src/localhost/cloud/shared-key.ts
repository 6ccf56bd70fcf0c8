import { createHmac, timingSafeEqual } from 'node:crypto';
import { headerPairs } from './exchange.js';

const STANDARD_HEADERS = [
  'content-encoding',
  'content-language',
  'content-length',
  'content-md5',
  'content-type',
  'date',
  'if-modified-since',
  'if-match',
  'if-none-match',
  'if-unmodified-since',
  'range',
] as const;

/**
 * The text a SharedKey request signs: verb, eleven standard headers, the sorted `x-ms-*` headers and the resource. The path
 * counts as received; with path-style URLs the account therefore stands in it twice.
 */
export function stringToSign(
  account: string,
  method: string,
  url: string,
  rawHeaders: readonly string[],
): string {
  const values = new Map<string, string>();
  for (const [name, value] of headerPairs(rawHeaders)) values.set(name.toLowerCase(), value.trim());
  if (values.get('content-length') === '0') values.delete('content-length');
  if (values.has('x-ms-date')) values.delete('date');
  const standard = STANDARD_HEADERS.map((name) => values.get(name) ?? '').join('\n');
  const own = [...values]
    .filter(([name]) => name.startsWith('x-ms-'))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}:${value}\n`)
    .join('');
  return `${method}\n${standard}\n${own}${canonicalResource(account, url)}`;
}

function canonicalResource(account: string, url: string): string {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const values = new Map<string, string[]>();
  for (const pair of mark < 0 ? [] : url.slice(mark + 1).split('&')) {
    const [rawName = '', ...rest] = pair.split('=');
    const name = decodeURIComponent(rawName).toLowerCase();
    values.set(name, [...(values.get(name) ?? []), decodeURIComponent(rest.join('='))]);
  }
  const query = [...values]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, all]) => `\n${name}:${all.sort().join(',')}`)
    .join('');
  return `/${account}${path}${query}`;
}

/** The value of the Authorization header for a request signed with an account key (base64). */
export function sharedKeyAuthorization(
  account: string,
  key: string,
  method: string,
  url: string,
  rawHeaders: readonly string[],
): string {
  const text = stringToSign(account, method, url, rawHeaders);
  const signature = createHmac('sha256', Buffer.from(key, 'base64')).update(text, 'utf8').digest('base64');
  return `SharedKey ${account}:${signature}`;
}

/** Whether `authorization` is the SharedKey signature of this request. */
export function isSignedWith(
  authorization: string,
  account: string,
  key: string,
  method: string,
  url: string,
  rawHeaders: readonly string[],
): boolean {
  const expected = Buffer.from(sharedKeyAuthorization(account, key, method, url, rawHeaders));
  const given = Buffer.from(authorization);
  return expected.length === given.length && timingSafeEqual(expected, given);
}
