import { describe, expect, it } from 'vitest';
import { actionsFor, operationName, parseTarget } from '../../../../src/localhost/cloud/operation.js';

const from = { 'x-ms-copy-source': 'https://127.0.0.1/a/c/b' };

describe('a path-style URL', () => {
  it('addresses account, container and blob, decoded once', () => {
    const target = parseTarget('/acct/box/a%2F..%2Fb%252F/c%3F?comp=tags');
    expect(target).toMatchObject({ account: 'acct', container: 'box', blob: 'a/../b%2F/c?' });
    expect(target.query.get('comp')).toBe('tags');
  });

  it('may end at the account or the container', () => {
    expect(parseTarget('/acct?comp=list')).toMatchObject({ account: 'acct' });
    expect(parseTarget('/acct/').container).toBeUndefined();
    expect(parseTarget('/acct/box').blob).toBeUndefined();
  });

  it('keeps a malformed escape as it stands', () => {
    expect(parseTarget('/acct/box/a%zz').blob).toBe('a%zz');
  });
});

describe('the name of an operation', () => {
  const cases: [string, string, Record<string, string>, string][] = [
    ['PUT', '/a/c/b', {}, 'PutBlob'],
    ['PUT', '/a/c/b', { ...from, 'x-ms-blob-type': 'BlockBlob' }, 'PutBlobFromUrl'],
    ['PUT', '/a/c/b', { ...from, 'x-ms-requires-sync': 'true' }, 'CopyBlobFromUrl'],
    ['PUT', '/a/c/b', from, 'CopyBlob'],
    ['PUT', '/a/c/b?comp=block&blockid=x', from, 'PutBlockFromUrl'],
    ['PUT', '/a/c/b?comp=block&blockid=x', {}, 'PutBlock'],
    ['PUT', '/a/c/b?comp=blocklist', {}, 'PutBlockList'],
    ['GET', '/a/c/b?comp=blocklist', {}, 'GetBlockList'],
    ['GET', '/a/c/b', {}, 'GetBlob'],
    ['HEAD', '/a/c/b', {}, 'HeadBlob'],
    ['DELETE', '/a/c/b', {}, 'DeleteBlob'],
    ['GET', '/a/c?restype=container&comp=list', {}, 'ListBlobs'],
    ['PUT', '/a/c?restype=container', {}, 'CreateContainer'],
    ['GET', '/a?comp=list', {}, 'ListContainers'],
    ['POST', '/a?restype=service&comp=userdelegationkey', {}, 'GetUserDelegationKey'],
    ['POST', '/a?comp=batch', {}, 'Batch'],
    ['GET', '/a/c/b?restype=account&comp=properties', {}, 'GetAccountInformation'],
    ['POST', '/a/c/b?comp=surprise', {}, 'Other'],
  ];
  it.each(cases)('is told by %s %s %j: %s', (method, url, headers, name) => {
    expect(operationName(method, parseTarget(url), headers)).toBe(name);
  });
});

describe('the actions a role must grant', () => {
  const cases: [string, string, Record<string, string>, string[]][] = [
    ['GET', '/a/c/b', {}, ['read']],
    ['HEAD', '/a/c/b', {}, ['read']],
    ['PUT', '/a/c/b', {}, ['write']],
    ['DELETE', '/a/c/b', {}, ['delete']],
    ['PUT', '/a/c/b?comp=tags', {}, ['tags']],
    ['GET', '/a/c?comp=list&include=metadata,tags', {}, ['read', 'tags']],
    ['GET', '/a/c?comp=list&include=metadata', {}, ['read']],
    ['PUT', '/a/c/b', { 'x-ms-tags': 'a=b' }, ['write', 'tags']],
    ['PUT', '/a/c/b', { ...from, 'x-ms-copy-source-tag-option': 'COPY' }, ['write', 'tags']],
    ['GET', '/a/c/b', { 'x-ms-if-tags': '"a"=\'b\'' }, ['read', 'tags']],
  ];
  it.each(cases)('for %s %s %j are %j', (method, url, headers, actions) => {
    expect(actionsFor(method, parseTarget(url), headers)).toEqual(actions);
  });
});
