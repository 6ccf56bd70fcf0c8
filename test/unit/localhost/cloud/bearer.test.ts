import { createSecretKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { issueToken, verifyToken } from '../../../../src/localhost/cloud/bearer.js';

const authority = { tenantId: 'tenant', secret: createSecretKey('s3cret', 'utf8') };
const identity = { objectId: 'oid', clientId: 'cid' };
const storage = 'https://storage.azure.com';

function verdict(token: string, account = 'acct', nowSeconds = 1500): unknown {
  return verifyToken(authority, token, account, nowSeconds);
}

describe('a bearer token', () => {
  it('tells the identity for the storage audience, with and without slash, and for the account itself', () => {
    for (const audience of [storage, `${storage}/`, 'https://acct.blob.core.windows.net']) {
      expect(verdict(issueToken(authority, identity, audience, 1000, 1000))).toMatchObject({ oid: 'oid' });
    }
  });

  it('is refused for another audience or another account', () => {
    for (const audience of ['https://management.azure.com', 'https://other.blob.core.windows.net']) {
      expect(verdict(issueToken(authority, identity, audience, 1000, 1000))).toEqual({
        refused: 'Audience validation failed.',
      });
    }
  });

  it('is refused before and after its lifetime', () => {
    const token = issueToken(authority, identity, storage, 1000, 100);
    for (const now of [999, 1100]) expect(verdict(token, 'acct', now)).toHaveProperty('refused');
    expect(verdict(token, 'acct', 1099)).toHaveProperty('oid');
  });

  it('is refused when another secret signed it, when it was changed, and when it is no token', () => {
    const foreign = { tenantId: 'tenant', secret: createSecretKey('other', 'utf8') };
    const token = issueToken(authority, identity, storage, 1000, 1000);
    const [head = '', , signature = ''] = token.split('.');
    const forged = `${head}.${Buffer.from('{"oid":"root"}').toString('base64url')}.${signature}`;
    for (const bad of [
      issueToken(foreign, identity, storage, 1000, 1000),
      forged,
      'x.y.z',
      '',
      `${token}.x`,
    ]) {
      expect(verdict(bad)).toEqual({ refused: 'Signature validation failed.' });
    }
  });

  it('is refused when it comes from another tenant', () => {
    const other = { ...authority, tenantId: 'elsewhere' };
    expect(verdict(issueToken(other, identity, storage, 1000, 1000))).toEqual({
      refused: 'Issuer validation failed.',
    });
  });
});
