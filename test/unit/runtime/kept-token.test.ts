import type { GetTokenOptions, TokenCredential } from '@azure/identity';
import { beforeEach, describe, expect, it } from 'vitest';
import { keepToken } from '../../../src/runtime/kept-token.js';
import { createStepClock, type StepClock } from '../../support/step-clock.js';

const hourMs = 3_600_000;

describe('a kept token', () => {
  let clock: StepClock;
  let asked: { readonly scopes: string | string[]; readonly options: GetTokenOptions | undefined }[];
  let kept: TokenCredential;
  let refreshAfterMs: number | undefined;

  beforeEach(() => {
    clock = createStepClock();
    asked = [];
    refreshAfterMs = undefined;
    const credential: TokenCredential = {
      getToken: (scopes, options) => {
        asked.push({ scopes, options });
        return Promise.resolve({
          token: `token ${String(asked.length)}`,
          expiresOnTimestamp: clock.now() + hourMs,
          ...(refreshAfterMs === undefined ? {} : { refreshAfterTimestamp: clock.now() + refreshAfterMs }),
        });
      },
    };
    kept = keepToken(credential, clock);
  });

  const ask = async (scopes: string, options?: GetTokenOptions): Promise<string | undefined> =>
    (await kept.getToken(scopes, options))?.token;

  it('is given out again, and asked for anew five minutes before its end', async () => {
    expect(await ask('storage')).toBe('token 1');
    clock.advance(hourMs - 5 * 60_000 - 1);
    expect(await ask('storage')).toBe('token 1');
    clock.advance(1);
    expect(await ask('storage')).toBe('token 2');
    expect(await ask('storage')).toBe('token 2');
  });

  it('is asked for anew when its issuer says that it is time', async () => {
    refreshAfterMs = 1000;
    expect(await ask('storage')).toBe('token 1');
    clock.advance(1000);
    expect(await ask('storage')).toBe('token 2');
  });

  it('is not given out for another scope', async () => {
    expect(await ask('storage')).toBe('token 1');
    expect(await ask('other')).toBe('token 2');
    expect(await ask('storage')).toBe('token 1');
  });

  it('is not given out after a refusal, which asks for a tenant or with claims', async () => {
    expect(await ask('storage')).toBe('token 1');
    expect(await ask('storage', { tenantId: 'other' })).toBe('token 2');
    expect(await ask('storage', { claims: 'more' })).toBe('token 3');
    expect(asked[1]?.options).toEqual({ tenantId: 'other' });
    expect(await ask('storage')).toBe('token 1');
  });

  it('is not kept when there is none', async () => {
    let calls = 0;
    const none: TokenCredential = {
      getToken: () => {
        calls += 1;
        return Promise.resolve(null);
      },
    };
    const keeper = keepToken(none, clock);
    expect(await keeper.getToken('storage')).toBeNull();
    expect(await keeper.getToken('storage')).toBeNull();
    expect(calls).toBe(2);
  });
});
