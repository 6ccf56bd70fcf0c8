import { describe, expect, it } from 'vitest';
import { scrubError } from '../../../../src/localhost/host/scrub-secrets.js';

describe('scrubbing secrets', () => {
  it.each([
    ['https://a/b?sv=1&sig=x%2By&se=2', 'https://a/b?sv=1&sig=[hidden]&se=2'],
    ['POST /runtime?code=abc==', 'POST /runtime?code=[hidden]'],
    ['AccountName=n;AccountKey=a+b/c==;Endpoint=e', 'AccountName=n;AccountKey=[hidden];Endpoint=e'],
    ['Authorization: Bearer eyJhbGciOiJSUzI1NiIsInR5cCI6', 'Authorization: Bearer [hidden]'],
    ['{"u":"https://a/?sig=s","n":1}', '{"u":"https://a/?sig=[hidden]","n":1}'],
    ['Bearer authentication is required; keyless', 'Bearer authentication is required; keyless'],
  ])('%s becomes %s', (text, scrubbed) => {
    const error = new Error(text);
    expect(scrubError(error).message).toBe(scrubbed);
    expect(scrubError(error).stack).not.toMatch(/sig=x|abc==|a\+b|eyJ/);
  });

  it('leaves an error without secrets as it is', () => {
    const error = new RangeError('plain');
    expect(scrubError(error)).toBe(error);
  });
});
