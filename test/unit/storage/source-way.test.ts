import { describe, expect, it } from 'vitest';
import { codeOf } from '../../support/memory-store.js';
import { wallClock } from '../../../src/runtime/clock.js';
import { aSource, aUse, ChoiceWorld, noToken, refused } from '../../support/choice-world.js';

/** Waiting never ends by itself. */
const forever = { sleep: () => new Promise<void>(() => undefined) };

describe('while nothing is known', () => {
  it('one copy finds it out, and the others wait for its answer', async () => {
    const world = new ChoiceWorld({ bearer: noToken }, forever);
    expect(await Promise.all(Array.from({ length: 16 }, () => world.copy()))).toEqual(Array(16).fill('sas'));
    expect(world.count('bearer')).toBe(1);
    expect(world.went).toHaveLength(17);
  });

  it('the next one goes ahead when the first has proven nothing; after three, all do', async () => {
    const world = new ChoiceWorld({ bearer: refused('source-changed') }, forever);
    const order: string[] = [];
    const told = (number: number): Promise<unknown> =>
      codeOf(world.copy()).then(() => order.push(String(number)));
    await Promise.all([1, 2, 3].map(told));
    expect(order).toEqual(['1', '2', '3']);
    world.answers.bearer = noToken;
    expect(await Promise.all([world.copy(), world.copy()])).toEqual(['sas', 'sas']);
    expect(world.count('bearer')).toBe(5);
  });

  it('after a minute in which nothing was proven, one goes ahead again', async () => {
    const world = new ChoiceWorld({ bearer: refused('source-changed') }, forever);
    for (let copies = 0; copies < 4; copies += 1) await codeOf(world.copy());
    world.clock.advance(60_000);
    world.went.length = 0;
    world.answers.bearer = noToken;
    await Promise.all([world.copy(), world.copy()]);
    expect(world.went).toEqual(['bearer', 'sas', 'sas']);
  });

  it('no copy waits longer than a second for a slow one', async () => {
    const world = new ChoiceWorld();
    let go: ((value: string) => void) | undefined;
    const slow = world.copy(aSource, aUse, () => new Promise((resolve) => (go = resolve)));
    expect(await world.copy()).toBe('bearer');
    expect(world.clock.slept).toEqual([1_000]);
    go?.('slow');
    expect(await slow).toBe('slow');
  });

  it('nor longer than five where the SAS is being tried', async () => {
    const world = new ChoiceWorld({ bearer: noToken });
    let go: ((value: string) => void) | undefined;
    const slow = world.copy(aSource, aUse, ({ authorization }) =>
      authorization === undefined ? new Promise((resolve) => (go = resolve)) : Promise.reject(noToken),
    );
    expect(await world.copy()).toBe('sas');
    expect(world.clock.slept.reduce((sum, delayMs) => sum + delayMs, 0)).toBe(5_000);
    expect(world.went).toEqual(['bearer', 'sas']);
    go?.('slow');
    expect(await slow).toBe('slow');
  });

  it('who is given up waits no longer', async () => {
    const world = new ChoiceWorld({}, { sleep: wallClock.sleep });
    const leaver = new AbortController();
    let go: ((value: string) => void) | undefined;
    const slow = world.copy(aSource, aUse, () => new Promise((resolve) => (go = resolve)));
    const waiting = world.copy(aSource, aUse, undefined, leaver.signal).catch((error: unknown) => error);
    leaver.abort(new Error('given up'));
    expect(await waiting).toEqual(new Error('given up'));
    go?.('slow');
    expect(await slow).toBe('slow');
  });
});

describe('where the SAS serves', () => {
  const minuteMs = 60_000;

  it('one copy tries the token again after a minute, and twice as long each time: a refusal may have been passing', async () => {
    const world = new ChoiceWorld({ bearer: noToken });
    await world.copy();
    world.clock.advance(minuteMs - 1);
    await world.copy();
    expect(world.went).toEqual(['bearer', 'sas', 'sas']);
    world.clock.advance(1);
    expect(await Promise.all([world.copy(), world.copy()])).toEqual(['sas', 'sas']);
    expect(world.count('bearer')).toBe(2);
    world.clock.advance(2 * minuteMs - 1);
    await world.copy();
    expect(world.count('bearer')).toBe(2);
    world.clock.advance(1);
    delete world.answers.bearer;
    expect([await world.copy(), await world.copy()]).toEqual(['bearer', 'bearer']);
    expect(world.switches).toEqual([
      'userDelegationSas: left right put blob NoAuthenticationInformation',
      'bearer: left right put blob served',
    ]);
  });

  it('the token is tried once an hour in the end', async () => {
    const world = new ChoiceWorld({ bearer: noToken });
    for (let minute = 0; minute < 24 * 60; minute += 1) {
      expect(await world.copy()).toBe('sas');
      world.clock.advance(minuteMs);
    }
    // The first copy, after 1, 3, 7, 15, 31 and 63 minutes, and then every hour.
    expect(world.count('bearer')).toBe(1 + 6 + 22);
  });

  it('a refusal of the object itself is no matter of the token that tries', async () => {
    const world = new ChoiceWorld({ bearer: noToken });
    await world.copy();
    world.clock.advance(minuteMs);
    world.answers.bearer = refused('source-changed', { status: 412 });
    expect(await codeOf(world.copy())).toBe('source-changed');
    world.clock.advance(2 * minuteMs);
    world.answers.bearer = refused('source-role-missing', { serviceCode: 'AuthorizationPermissionMismatch' });
    expect(await world.copy()).toBe('sas');
  });

  it('a key that is refused is replaced, and the same copy goes on with the next', async () => {
    for (const sas of [
      refused('source-unauthenticated', { serviceCode: 'AuthenticationFailed' }),
      refused('source-forbidden', { serviceCode: 'CannotVerifyCopySource' }),
    ]) {
      const world = new ChoiceWorld({ bearer: noToken });
      await world.copy();
      Object.assign(world.answers, { sas, otherKey: true });
      expect(await world.copy()).toBe('sas');
      expect(world.went).toEqual(['bearer', 'sas', 'sas', 'sas']);
    }
  });

  it('where it is not taken any more, the token is tried; when that serves, it goes on serving', async () => {
    const world = new ChoiceWorld({ bearer: noToken });
    await world.copy();
    delete world.answers.bearer;
    world.answers.key = refused('source-delegation-refused');
    expect([await world.copy(), await world.copy()]).toEqual(['bearer', 'bearer']);
    expect(world.switches.at(-1)).toBe('bearer: left right put blob served');
  });

  it('those that the SAS was refused to at that time follow the one that tried', async () => {
    const world = new ChoiceWorld({ bearer: noToken });
    await world.copy();
    delete world.answers.bearer;
    world.answers.sas = refused('source-forbidden');
    let refuse: ((reason: Error) => void) | undefined;
    const late = world.copy(aSource, aUse, ({ authorization }) =>
      authorization === undefined ? new Promise((_, reject) => (refuse = reject)) : Promise.resolve('token'),
    );
    await world.copy();
    refuse?.(world.answers.sas);
    expect(await late).toBe('token');
  });

  it('where neither is taken any more, the refusal of the SAS is told, and the token is tried once a minute', async () => {
    const world = new ChoiceWorld({ bearer: noToken });
    await world.copy();
    world.went.length = 0;
    world.answers.sas = refused('source-forbidden');
    expect([await codeOf(world.copy()), await codeOf(world.copy())]).toEqual(
      Array(2).fill('source-forbidden'),
    );
    expect(world.went).toEqual(['sas', 'bearer', 'sas']);
    world.clock.advance(minuteMs - 1);
    world.answers.bearer = refused('throttled', { retryable: true });
    expect(await codeOf(world.copy())).toBe('source-forbidden');
    world.clock.advance(1);
    expect(await codeOf(world.copy())).toBe('throttled');
  });
});
