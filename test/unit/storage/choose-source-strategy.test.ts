import { describe, expect, it } from 'vitest';
import { CopyError } from '../../../src/job/copy-error.js';
import { codeOf } from '../../support/memory-store.js';
import { aSource, aUse, ChoiceWorld, noToken, refused, sourceAccount } from '../../support/choice-world.js';

describe('where the token is taken', () => {
  it('every copy is one request', async () => {
    const world = new ChoiceWorld();
    expect([await world.copy(), await world.copy()]).toEqual(['bearer', 'bearer']);
    expect(world.went).toEqual(['bearer', 'bearer']);
  });

  it('a later refusal is left to whoever tries again: the token is stale', async () => {
    const world = new ChoiceWorld();
    await world.copy();
    world.answers.bearer = noToken;
    expect(await codeOf(world.copy())).toBe('source-unauthenticated');
    expect(world.went).toEqual(['bearer', 'bearer']);
    delete world.answers.bearer;
    await world.copy();
    world.answers.bearer = noToken;
    expect(await codeOf(world.copy())).toBe('source-unauthenticated');
    expect([world.went.includes('sas'), world.switches]).toEqual([false, []]);
  });

  it('those that were refused with the first are of the same age, and left to try again, too', async () => {
    const world = new ChoiceWorld();
    await world.copy();
    world.answers.bearer = noToken;
    expect(await Promise.all([codeOf(world.copy()), codeOf(world.copy())])).toEqual(
      Array(2).fill('source-unauthenticated'),
    );
    expect(world.went).not.toContain('sas');
  });

  it('what refuses the fresh token as well takes no token any more: the SAS proves it', async () => {
    const world = new ChoiceWorld();
    await world.copy();
    world.answers.bearer = noToken;
    await codeOf(world.copy());
    expect([await world.copy(), await world.copy()]).toEqual(['sas', 'sas']);
    expect(world.went).toEqual(['bearer', 'bearer', 'bearer', 'sas', 'sas']);
    expect(world.switches).toEqual(['userDelegationSas: left right put blob NoAuthenticationInformation']);
  });

  it('a header that is not known any more is no matter of age', async () => {
    const world = new ChoiceWorld();
    await world.copy();
    world.answers.bearer = refused('bad-request', { status: 400, serviceCode: 'UnsupportedHeader' });
    expect([await world.copy(), await world.copy()]).toEqual(['sas', 'sas']);
    expect(world.went).toEqual(['bearer', 'bearer', 'sas', 'sas']);
  });
});

describe('where the token is refused and the SAS taken', () => {
  it.each([
    noToken,
    refused('source-forbidden', { serviceCode: 'CannotVerifyCopySource' }),
    refused('bad-request', { status: 400, serviceCode: 'UnsupportedHeader' }),
    refused('bad-request', { status: 400, serviceCode: 'InvalidHeaderValue' }),
    refused('bad-request', { status: 400, serviceCode: 'MissingRequiredHeader' }),
    refused('bad-request', { status: 409, serviceCode: 'PublicAccessNotPermitted' }),
  ])('the first copy finds it out, and later ones are one request ($serviceCode)', async (bearer) => {
    const world = new ChoiceWorld({ bearer });
    expect([await world.copy(), await world.copy(), await world.copy()]).toEqual(['sas', 'sas', 'sas']);
    expect(world.went).toEqual(['bearer', 'sas', 'sas', 'sas']);
    expect(world.switches).toEqual([`userDelegationSas: left right put blob ${bearer.serviceCode ?? ''}`]);
  });

  it('those that did not wait find it out each for itself, and it is told once', async () => {
    const world = new ChoiceWorld({ bearer: noToken });
    let refuse: (() => void) | undefined;
    const slow = world.copy(aSource, aUse, ({ authorization }) =>
      authorization === undefined
        ? Promise.resolve('sas')
        : new Promise(
            (_, reject) =>
              (refuse = () => {
                reject(noToken);
              }),
          ),
    );
    expect([await world.copy(), await world.copy()]).toEqual(['sas', 'sas']);
    refuse?.();
    expect(await slow).toBe('sas');
    expect(world.switches).toHaveLength(1);
    const before = world.went.length;
    await world.copy();
    expect(world.went.slice(before)).toEqual(['sas']);
  });

  it('another destination, operation or service is asked for itself', async () => {
    const world = new ChoiceWorld({ bearer: noToken });
    await world.copy();
    await world.copy(aSource, { ...aUse, operation: 'put block' });
    await world.copy(aSource, { ...aUse, destination: 'other' });
    await world.copy({ url: `${sourceAccount.fileEndpoint ?? ''}/share/f`, etag: '"1"' });
    expect(world.went).toEqual(['bearer', 'sas', 'bearer', 'sas', 'bearer', 'sas', 'bearer', 'sas']);
  });

  it('a token that served another copy meanwhile goes on being the first', async () => {
    const world = new ChoiceWorld();
    const slow = world.copy(aSource, aUse, ({ authorization }) =>
      authorization === undefined ? world.copy().then(() => 'sas') : Promise.reject(noToken),
    );
    expect([await slow, await world.copy(), world.switches]).toEqual(['sas', 'bearer', []]);
  });
});

describe('a refusal that no SAS would mend', () => {
  it.each([
    refused('source-role-missing', { serviceCode: 'AuthorizationPermissionMismatch' }),
    refused('source-forbidden', { serviceCode: 'AuthorizationFailure' }),
    refused('source-changed', { status: 412 }),
    refused('bad-request', { status: 400, serviceCode: 'InvalidUri' }),
    refused('destination-unauthenticated', { status: 401 }),
    new CopyError('source-unauthenticated', 'the credential gave no token', { retryable: true }),
    new CopyError('network', 'reset', { retryable: true }),
  ])('goes on as it is ($code, $serviceCode)', async (bearer) => {
    const world = new ChoiceWorld({ bearer });
    expect(await codeOf(world.copy())).toBe(bearer.code);
    expect(world.went).toEqual(['bearer']);
  });

  it('is no proof that tokens are taken', async () => {
    const world = new ChoiceWorld({ bearer: refused('source-changed', { status: 412 }) });
    await codeOf(world.copy());
    world.answers.bearer = noToken;
    expect(await world.copy()).toBe('sas');
  });
});

describe('where neither is taken', () => {
  it('the refusal of the token is told, and after three the SAS is not tried again for a minute', async () => {
    const world = new ChoiceWorld({ bearer: noToken, sas: refused('source-forbidden') });
    const codes = [];
    for (let copies = 0; copies < 5; copies += 1) codes.push(await codeOf(world.copy()));
    expect(codes).toEqual(Array(5).fill('source-unauthenticated'));
    const each = ['bearer', 'sas'];
    expect(world.went).toEqual([...each, ...each, ...each, 'bearer', 'bearer']);
    world.clock.advance(60_000);
    world.went.length = 0;
    await codeOf(world.copy());
    expect(world.went).toEqual(each);
  });

  it('a SAS that may have ended on its way is tried again before the refusal of the token is told', async () => {
    const header = refused('bad-request', { serviceCode: 'InvalidHeaderValue' });
    const world = new ChoiceWorld({ bearer: header, sas: noToken });
    expect(await codeOf(world.copy())).toBe('source-unauthenticated');
    expect(await codeOf(world.copy())).toBe('bad-request');
  });

  it('one object that no SAS opens says nothing of others', async () => {
    const world = new ChoiceWorld({ bearer: noToken, sas: refused('source-forbidden') });
    for (let copies = 0; copies < 4; copies += 1) {
      expect([await codeOf(world.copy()), await codeOf(world.copy())]).not.toContain(undefined);
      delete world.answers.sas;
      expect(await world.copy()).toBe('sas');
      world.answers.sas = refused('source-forbidden');
      world.clock.advance(3_600_000);
    }
  });

  it('each object is told the refusal of its own request', async () => {
    const world = new ChoiceWorld({ bearer: noToken, sas: refused('source-forbidden') });
    for (let copies = 0; copies < 3; copies += 1) await codeOf(world.copy());
    const own = refused('bad-request', { serviceCode: 'InvalidHeaderValue', requestId: 'own' });
    world.answers.bearer = own;
    expect(await world.copy().catch((error: unknown) => error)).toBe(own);
    expect(world.went.slice(-2)).toEqual(['sas', 'bearer']);
  });

  it('the refusal that a key was asked for is told with that of the key', async () => {
    const header = refused('bad-request', { serviceCode: 'InvalidHeaderValue' });
    const world = new ChoiceWorld({ bearer: header, key: refused('source-delegation-refused') });
    const messages = [await world.copy().catch(String)];
    world.answers.bearer = refused('bad-request', { serviceCode: 'UnsupportedHeader' });
    messages.push(await world.copy().catch(String));
    expect(messages).toEqual(Array(2).fill('CopyError: source-delegation-refused; before: bad-request'));
    expect(world.went).toEqual(['bearer', 'key', 'bearer']);
  });

  it('without the right to delegate a token that may just be stale is tried again, and then that right is told', async () => {
    const world = new ChoiceWorld({ bearer: noToken, key: refused('source-delegation-refused') });
    expect([await codeOf(world.copy()), await codeOf(world.copy())]).toEqual([
      'source-unauthenticated',
      'source-delegation-refused',
    ]);
    expect(world.went).toEqual(['bearer', 'key', 'bearer']);
    delete world.answers.bearer;
    expect(await world.copy()).toBe('bearer');
  });

  it('trouble that passes is told as such, and everything is tried again', async () => {
    const world = new ChoiceWorld({ bearer: noToken, key: refused('throttled', { retryable: true }) });
    expect(await codeOf(world.copy())).toBe('throttled');
    delete world.answers.key;
    expect(await world.copy()).toBe('sas');
  });
});

describe('what the account says', () => {
  it('bearer: no SAS is ever made', async () => {
    const world = new ChoiceWorld({ bearer: noToken }, { sourceAuth: 'bearer' });
    expect([await codeOf(world.copy()), await codeOf(world.copy())]).toEqual(
      Array(2).fill('source-unauthenticated'),
    );
    expect(world.went).toEqual(['bearer', 'bearer']);
  });

  it('userDelegationSas: no token is ever given to a source', async () => {
    const world = new ChoiceWorld({}, { sourceAuth: 'userDelegationSas' });
    expect([await world.copy(), await world.copy()]).toEqual(['sas', 'sas']);
    expect(world.went).toEqual(['sas', 'sas']);
  });

  it('and nothing outside the table is asked, by whatever way', async () => {
    const foreign = { url: 'https://left.blob.core.windows.net.evil.example/c/a', etag: '"1"' };
    for (const way of [undefined, 'bearer', 'userDelegationSas'] as const) {
      const world = new ChoiceWorld({}, way === undefined ? {} : { sourceAuth: way });
      expect(await codeOf(world.copy(foreign))).toBe('source-forbidden');
      expect(world.went).toEqual([]);
    }
  });
});
