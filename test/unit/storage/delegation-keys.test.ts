import { expect, it } from 'vitest';
import { CopyError } from '../../../src/job/copy-error.js';
import { DelegationKeys } from '../../../src/storage/delegation-keys.js';
import type { SigningKey } from '../../../src/storage/delegation.js';
import { codeOf } from '../../support/memory-store.js';
import { createStepClock } from '../../support/step-clock.js';

const signal = new AbortController().signal;
const minuteMs = 60_000;

/** Keys that sign with their number, and live as long as asked for, or for `lifeMs`; `failures` refuse the next requests. */
function world(lifeMs?: number) {
  const clock = createStepClock();
  const asked: (readonly [startsInMs: number, endsInMs: number])[] = [];
  const failures: Error[] = [];
  const keys = new DelegationKeys(
    {
      requestKey: (startsOn, expiresOn): Promise<SigningKey> => {
        asked.push([startsOn.getTime() - clock.now(), expiresOn.getTime() - clock.now()]);
        const failure = failures.shift();
        if (failure !== undefined) return Promise.reject(failure);
        const name = `key ${String(asked.length)}`;
        const expiresMs = lifeMs === undefined ? expiresOn.getTime() : clock.now() + lifeMs;
        return Promise.resolve({ expiresMs, sign: () => name });
      },
    },
    clock,
  );
  const name = async (): Promise<string> =>
    (await keys.get(signal)).sign({ container: 'c', key: 'k' }, clock.now());
  return { clock, asked, failures, keys, name };
}

function refusal(code: 'source-role-missing' | 'throttled'): CopyError {
  return new CopyError(code, 'refused', { retryable: code === 'throttled', status: 403 });
}

it('one key serves however many ask, from a quarter of an hour ago and for two hours', async () => {
  const { asked, name } = world();
  expect(await Promise.all([name(), name(), name()])).toEqual(['key 1', 'key 1', 'key 1']);
  expect(await name()).toBe('key 1');
  expect(asked).toEqual([[-15 * minuteMs, 120 * minuteMs]]);
});

it('the next key is asked for an hour before the end of the last, so that a SAS always has an hour', async () => {
  const { asked, clock, name } = world();
  await name();
  clock.advance(59 * minuteMs);
  expect(await name()).toBe('key 1');
  clock.advance(minuteMs);
  expect(await name()).toBe('key 2');
  expect(asked).toHaveLength(2);
});

it('the last key goes on while no other is given out, until five minutes before its end', async () => {
  const { clock, failures, name } = world();
  await name();
  clock.advance(100 * minuteMs);
  failures.push(refusal('throttled'), refusal('throttled'));
  expect(await name()).toBe('key 1');
  clock.advance(15 * minuteMs);
  expect(await codeOf(name())).toBe('throttled');
  expect(await name()).toBe('key 4');
});

it('a refusal is believed for a minute, and trouble that passes is not', async () => {
  const { asked, clock, failures, name } = world();
  failures.push(refusal('throttled'), refusal('source-role-missing'));
  expect(await codeOf(name())).toBe('throttled');
  expect(await codeOf(name())).toBe('source-role-missing');
  clock.advance(minuteMs - 1);
  expect(await codeOf(name())).toBe('source-role-missing');
  expect(asked).toHaveLength(2);
  clock.advance(1);
  expect(await name()).toBe('key 3');
});

it('a key that nothing was opened with is no worse than the next, for a minute', async () => {
  const { clock, keys, name } = world();
  const key = await keys.get(signal);
  expect(key.refused()).toBe(false);
  expect(await name()).toBe('key 1');
  clock.advance(minuteMs);
  expect(key.refused()).toBe(true);
  expect(await name()).toBe('key 2');
});

it('a key that has served and is refused was revoked: another is asked for, once in five seconds at most', async () => {
  const { asked, clock, keys, name } = world();
  const first = await keys.get(signal);
  first.served();
  clock.advance(4_999);
  expect(first.refused()).toBe(false);
  clock.advance(1);
  expect([first.refused(), first.refused()]).toEqual([true, true]);
  const second = await keys.get(signal);
  second.served();
  // Those that were on their way with the first key have nothing against the second.
  expect([first.refused(), second.refused()]).toEqual([true, false]);
  expect(await name()).toBe('key 2');
  expect(asked).toHaveLength(2);
});

it('a key that has ended on its way is replaced however new it is', async () => {
  const { clock, keys, name } = world(4_000);
  const key = await keys.get(signal);
  clock.advance(4_000);
  expect(key.refused()).toBe(true);
  expect(await name()).toBe('key 2');
});

it('of a key that lives shorter than asked for, half of its life is used', async () => {
  const { clock, failures, name } = world(4_000);
  await name();
  clock.advance(1_999);
  expect(await name()).toBe('key 1');
  clock.advance(1);
  failures.push(refusal('throttled'));
  expect(await name()).toBe('key 1');
  expect(await name()).toBe('key 3');
});

it('who gives up waits no longer, and the key comes for the others', async () => {
  const { asked, keys, name } = world();
  const leaver = new AbortController();
  const left = keys.get(leaver.signal).catch((error: unknown) => error);
  const stayed = name();
  leaver.abort(new Error('given up'));
  expect(await left).toEqual(new Error('given up'));
  expect(await stayed).toBe('key 1');
  expect(asked).toHaveLength(1);
  const late = keys.get(AbortSignal.abort(new Error('too late')));
  expect((await late).sign({ container: '', key: '' }, 0)).toBe('key 1');
});
