import type { AccessToken, GetTokenOptions, TokenCredential } from '@azure/identity';
import { describe, expect, it } from 'vitest';
import { keepToken } from '../../../src/runtime/kept-token.js';
import { createStepClock } from '../../support/step-clock.js';

const scope = 'https://storage.azure.com/.default';

/** A credential whose answer tests change; undefined: it fails. */
function source(clock: { now(): number }): { credential: TokenCredential; up: boolean; asked: number } {
  const made = {
    up: true,
    asked: 0,
    credential: {
      getToken: (): Promise<AccessToken> => {
        made.asked += 1;
        return made.up
          ? Promise.resolve({ token: `t${String(made.asked)}`, expiresOnTimestamp: clock.now() + 600_000 })
          : Promise.reject(new Error('nobody answers'));
      },
    },
  };
  return made;
}

describe('a kept token', () => {
  it('goes on working while nobody gives out another, until a minute before its end', async () => {
    const clock = createStepClock();
    const from = source(clock);
    const kept = keepToken(from.credential, clock);
    await kept.getToken(scope);
    from.up = false;
    await clock.sleep(539_000);
    expect((await kept.getToken(scope))?.token).toBe('t1');
    await clock.sleep(2_000);
    await expect(kept.getToken(scope)).rejects.toThrow('nobody answers');
    from.up = true;
    expect((await kept.getToken(scope))?.token).toBe(`t${String(from.asked)}`);
  });

  it.each<[string, string, GetTokenOptions]>([
    ['another scope', 'https://management.azure.com/.default', {}],
    ['another tenant', scope, { tenantId: 't2' }],
    ['a challenge', scope, { claims: '{}' }],
    ['a caller who has given up', scope, { abortSignal: AbortSignal.abort() }],
  ])('is not given for %s', async (_, asked, options) => {
    const clock = createStepClock();
    const from = source(clock);
    const kept = keepToken(from.credential, clock);
    await kept.getToken(scope);
    from.up = false;
    await clock.sleep(400_000);
    await expect(kept.getToken(asked, options)).rejects.toThrow('nobody answers');
  });

  it('stands in the way of a new one only while it is fresh', async () => {
    const clock = createStepClock();
    const kept = keepToken(source(clock).credential, clock);
    const tokens = [];
    for (const delayMs of [0, 299_000, 2_000]) {
      await clock.sleep(delayMs);
      tokens.push((await kept.getToken(scope))?.token);
    }
    expect(tokens).toEqual(['t1', 't1', 't2']);
  });
});
