import { describe, expect, it } from 'vitest';
import {
  isSignedWith,
  sharedKeyAuthorization,
  stringToSign,
} from '../../../../src/localhost/cloud/shared-key.js';

const url = '/acct/box/a%2Fb%20c?comp=block&BlockId=QUE%3D&comp=again';
const headers = [
  ...['Host', '127.0.0.1', 'Content-Length', '0', 'Content-Type', 'text/plain', 'Date', 'ignored'],
  ...['x-ms-version', '2026-04-06', 'x-ms-date', 'Sun, 22 Nov 2026 00:00:00 GMT', 'If-Match', '"0x1"'],
  ...['X-Ms-Meta-Foo', ' spaced '],
];
const key = Buffer.from('a key of an account').toString('base64');

describe('the SharedKey signature', () => {
  it('covers verb, standard headers, sorted x-ms headers, the raw path with the account twice and the decoded query', () => {
    expect(stringToSign('acct', 'PUT', url, headers)).toBe(
      [
        ...['PUT', '', '', '', '', 'text/plain', '', '', '"0x1"', '', '', ''],
        'x-ms-date:Sun, 22 Nov 2026 00:00:00 GMT',
        'x-ms-meta-foo:spaced',
        'x-ms-version:2026-04-06',
        '/acct/acct/box/a%2Fb%20c',
        'blockid:QUE=',
        'comp:again,block',
      ].join('\n'),
    );
  });

  it('keeps a length that is not zero, and the date when there is no x-ms-date', () => {
    const text = stringToSign('acct', 'PUT', '/acct/box', ['Content-Length', '7', 'Date', 'today']);
    expect(text.split('\n').slice(1, 8)).toEqual(['', '', '7', '', '', 'today', '']);
  });

  it('holds for the request it was made for and for no other', () => {
    const authorization = sharedKeyAuthorization('acct', key, 'PUT', url, headers);
    expect(isSignedWith(authorization, 'acct', key, 'PUT', url, headers)).toBe(true);
    expect(isSignedWith(authorization, 'acct', key, 'PUT', `${url}x`, headers)).toBe(false);
    expect(isSignedWith(authorization, 'acct', key, 'GET', url, headers)).toBe(false);
    expect(isSignedWith(`${authorization}=`, 'acct', key, 'PUT', url, headers)).toBe(false);
  });
});
