import { beforeEach, describe, expect, it } from 'vitest';
import type { Account } from '../../../src/job/account.js';
import { CopyError } from '../../../src/job/copy-error.js';
import type { CopyErrorCode, CopyErrorDetail } from '../../../src/job/copy-error.js';
import type { AuthorisedSource, SourceUse } from '../../../src/storage/azure-blob/source-authorisation.js';
import { chooseSourceStrategy } from '../../../src/storage/choose-source-strategy.js';
import { codeOf } from '../../support/memory-store.js';
import { createStepClock } from '../../support/step-clock.js';

const signal = new AbortController().signal;
const use: SourceUse = { destination: 'right', operation: 'put blob' };
const left: Account = {
  name: 'left',
  blobEndpoint: 'https://left.blob.core.windows.net',
  fileEndpoint: 'https://left.file.core.windows.net',
  listingOrder: 'utf8',
};
const source = { url: `${left.blobEndpoint}/c/a`, etag: '"1"' };

function refused(code: CopyErrorCode, detail: Partial<CopyErrorDetail> = {}): CopyError {
  return new CopyError(code, code, { retryable: false, status: 403, ...detail });
}

const noToken = refused('source-unauthenticated', { serviceCode: 'NoAuthenticationInformation' });

let clock = createStepClock();
/** Ways that requests went, in order. */
let went: string[] = [];
let switches: string[] = [];
let doubts = 0;
beforeEach(() => {
  clock = createStepClock();
  [went, switches, doubts] = [[], [], 0];
});

/** `answers`: what each way is answered; absent: all is well. */
function choose(
  answers: { readonly bearer?: Error; readonly sas?: Error; readonly key?: Error } = {},
  sourceAuth?: Account['sourceAuth'],
) {
  const account = sourceAuth === undefined ? left : { ...left, sourceAuth };
  const told = { ...answers };
  const chosen = chooseSourceStrategy({
    accounts: [account],
    clock,
    bearer: {
      authorise: ({ url }) => Promise.resolve({ url, authorization: { scheme: 'Bearer', value: 't' } }),
    },
    delegated: {
      authorise: ({ url }) => {
        if (told.key !== undefined) went.push('key');
        return told.key === undefined ? Promise.resolve({ url: `${url}?sas` }) : Promise.reject(told.key);
      },
      doubt: () => (doubts += 1),
    },
    onSwitch: ({ source: from, destination, operation, code }) =>
      switches.push(`${from} ${destination} ${operation} ${code}`),
  });
  const send = ({ authorization }: AuthorisedSource): Promise<string> => {
    const way = authorization === undefined ? 'sas' : 'bearer';
    went.push(way);
    return told[way] === undefined ? Promise.resolve(way) : Promise.reject(told[way]);
  };
  return {
    answers: told,
    copy: (from = source, by = use, sent = send) => chosen.send(from, by, signal, sent),
  };
}

describe('where the token is taken', () => {
  it('every copy is one request', async () => {
    const { copy } = choose();
    expect([await copy(), await copy()]).toEqual(['bearer', 'bearer']);
    expect(went).toEqual(['bearer', 'bearer']);
  });

  it('a later refusal is left to whoever tries again: the token is stale', async () => {
    const { answers, copy } = choose();
    await copy();
    answers.bearer = noToken;
    expect(await codeOf(copy())).toBe('source-unauthenticated');
    expect(went).toEqual(['bearer', 'bearer']);
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
    const { copy } = choose({ bearer });
    expect([await copy(), await copy(), await copy()]).toEqual(['sas', 'sas', 'sas']);
    expect(went).toEqual(['bearer', 'sas', 'sas', 'sas']);
    expect(switches).toEqual([`left right put blob ${bearer.serviceCode ?? ''}`]);
  });

  it('those in flight at that time find it out each for itself, and it is told once', async () => {
    const { copy } = choose({ bearer: noToken });
    expect(await Promise.all([copy(), copy(), copy()])).toEqual(['sas', 'sas', 'sas']);
    expect(went.filter((way) => way === 'bearer')).toHaveLength(3);
    expect(switches).toHaveLength(1);
    await copy();
    expect(went).toHaveLength(7);
  });

  it('another destination, operation or service is asked for itself', async () => {
    const { copy } = choose({ bearer: noToken });
    await copy();
    await copy(source, { ...use, operation: 'put block' });
    await copy(source, { ...use, destination: 'other' });
    await copy({ url: `${left.fileEndpoint ?? ''}/share/f`, etag: '"1"' });
    expect(went).toEqual(['bearer', 'sas', 'bearer', 'sas', 'bearer', 'sas', 'bearer', 'sas']);
  });

  it('a SAS that is refused later has its key doubted, and the refusal goes on', async () => {
    const { answers, copy } = choose({ bearer: noToken });
    await copy();
    answers.sas = refused('source-unauthenticated', { serviceCode: 'AuthenticationFailed' });
    expect(await codeOf(copy())).toBe('source-unauthenticated');
    expect([went.at(-1), doubts]).toEqual(['sas', 1]);
    answers.sas = refused('source-forbidden', { serviceCode: 'CannotVerifyCopySource' });
    expect(await codeOf(copy())).toBe('source-forbidden');
    expect([went.at(-1), doubts]).toEqual(['sas', 2]);
  });

  it('a token that served another copy meanwhile goes on being the first', async () => {
    const { copy } = choose();
    const slow = copy(source, use, ({ authorization }) =>
      authorization === undefined ? copy().then(() => 'sas') : Promise.reject(noToken),
    );
    expect([await slow, await copy(), switches]).toEqual(['sas', 'bearer', []]);
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
    const { copy } = choose({ bearer });
    expect(await codeOf(copy())).toBe(bearer.code);
    expect(went).toEqual(['bearer']);
  });

  it('is no proof that tokens are taken', async () => {
    const { answers, copy } = choose({ bearer: refused('source-changed', { status: 412 }) });
    await codeOf(copy());
    answers.bearer = noToken;
    expect(await copy()).toBe('sas');
  });
});

describe('where neither is taken', () => {
  it('the refusal of the token is told, and the SAS is not tried again for a minute', async () => {
    const { copy } = choose({ bearer: noToken, sas: refused('source-forbidden') });
    expect([await codeOf(copy()), await codeOf(copy())]).toEqual(Array(2).fill('source-unauthenticated'));
    expect(went).toEqual(['bearer', 'sas', 'bearer']);
    clock.advance(60_000);
    await codeOf(copy());
    expect(went).toEqual(['bearer', 'sas', 'bearer', 'bearer', 'sas']);
  });

  it('each object is told the refusal of its own request', async () => {
    const { answers, copy } = choose({ bearer: noToken, sas: refused('source-forbidden') });
    await codeOf(copy());
    const own = refused('bad-request', { serviceCode: 'InvalidHeaderValue', requestId: 'own' });
    answers.bearer = own;
    expect(await copy().catch((error: unknown) => error)).toBe(own);
    expect(went).toEqual(['bearer', 'sas', 'bearer']);
  });

  it('the refusal that a key was asked for is told with that of the key', async () => {
    const { answers, copy } = choose({ bearer: noToken, key: refused('source-delegation-refused') });
    const messages = [await copy().catch(String)];
    answers.bearer = refused('bad-request', { serviceCode: 'InvalidHeaderValue' });
    messages.push(await copy().catch(String));
    expect(messages).toEqual([
      'CopyError: source-delegation-refused; before: source-unauthenticated',
      'CopyError: source-delegation-refused; before: bad-request',
    ]);
  });

  it('the missing right to delegate is told', async () => {
    const { copy } = choose({ bearer: noToken, key: refused('source-delegation-refused') });
    expect([await codeOf(copy()), await codeOf(copy())]).toEqual(Array(2).fill('source-delegation-refused'));
    expect(went).toEqual(['bearer', 'key', 'bearer']);
  });

  it('trouble that passes is told as such, and everything is tried again', async () => {
    const { answers, copy } = choose({ bearer: noToken, key: refused('throttled', { retryable: true }) });
    expect(await codeOf(copy())).toBe('throttled');
    delete answers.key;
    expect(await copy()).toBe('sas');
  });
});

describe('what the account says', () => {
  it('bearer: no SAS is ever made', async () => {
    const { copy } = choose({ bearer: noToken }, 'bearer');
    expect([await codeOf(copy()), await codeOf(copy())]).toEqual(Array(2).fill('source-unauthenticated'));
    expect(went).toEqual(['bearer', 'bearer']);
  });

  it('userDelegationSas: no token is ever given to a source', async () => {
    const { copy } = choose({}, 'userDelegationSas');
    expect([await copy(), await copy()]).toEqual(['sas', 'sas']);
    expect(went).toEqual(['sas', 'sas']);
  });

  it('and nothing outside the table is asked, by whatever way', async () => {
    const foreign = { url: 'https://left.blob.core.windows.net.evil.example/c/a', etag: '"1"' };
    for (const way of [undefined, 'bearer', 'userDelegationSas'] as const) {
      expect(await codeOf(choose({}, way).copy(foreign))).toBe('source-forbidden');
    }
    expect(went).toEqual([]);
  });
});
