import type { Account } from '../../src/job/account.js';
import { CopyError } from '../../src/job/copy-error.js';
import type { CopyErrorCode, CopyErrorDetail } from '../../src/job/copy-error.js';
import type { Clock } from '../../src/runtime/clock.js';
import type { AuthorisedSource, SourceUse } from '../../src/storage/azure-blob/source-authorisation.js';
import { chooseSourceStrategy } from '../../src/storage/choose-source-strategy.js';
import { createStepClock } from './step-clock.js';

/** What each way of opening a source is answered; absent: all is well. Changed by a test as it goes. */
export interface WayAnswers {
  bearer?: Error;
  sas?: Error;
  key?: Error;
  /** A key that is refused can be replaced; by the next one the SAS is taken. */
  otherKey?: true;
}

export const sourceAccount: Account = {
  name: 'left',
  blobEndpoint: 'https://left.blob.core.windows.net',
  fileEndpoint: 'https://left.file.core.windows.net',
  listingOrder: 'utf8',
};
export const aSource = { url: `${sourceAccount.blobEndpoint}/c/a`, etag: '"1"' };
export const aUse: SourceUse = { destination: 'right', operation: 'put blob' };

/** A refusal, 403 unless told otherwise. */
export function refused(code: CopyErrorCode, detail: Partial<CopyErrorDetail> = {}): CopyError {
  return new CopyError(code, code, { retryable: false, status: 403, ...detail });
}

/** As a service says that it takes no token, or that one has ended. */
export const noToken = refused('source-unauthenticated', { serviceCode: 'NoAuthenticationInformation' });

/** The choice of a source strategy over strategies that answer as told; a copy answers the way that it went. */
export class ChoiceWorld {
  readonly clock = createStepClock();
  readonly answers: WayAnswers;
  /** Ways that requests went, in order. */
  readonly went: string[] = [];
  readonly switches: string[] = [];
  readonly #sources: ReturnType<typeof chooseSourceStrategy>;

  constructor(
    answers: WayAnswers = {},
    {
      sourceAuth,
      sleep = (delayMs, signal) => this.clock.sleep(delayMs, signal),
    }: { readonly sourceAuth?: Account['sourceAuth']; readonly sleep?: Clock['sleep'] } = {},
  ) {
    this.answers = { ...answers };
    this.#sources = chooseSourceStrategy({
      accounts: [sourceAuth === undefined ? sourceAccount : { ...sourceAccount, sourceAuth }],
      clock: { now: () => this.clock.now(), sleep },
      bearer: {
        authorise: ({ url }) => Promise.resolve({ url, authorization: { scheme: 'Bearer', value: 't' } }),
      },
      delegated: {
        authorise: ({ url }) => {
          const { key } = this.answers;
          if (key !== undefined) {
            this.went.push('key');
            return Promise.reject(key);
          }
          return Promise.resolve({
            url: `${url}?sas`,
            served: () => undefined,
            refused: () => this.#replaceKey(),
          });
        },
      },
      onSwitch: (to, { source, destination, operation, code }) =>
        this.switches.push(`${to}: ${source} ${destination} ${operation} ${code}`),
    });
  }

  #replaceKey(): boolean {
    const { otherKey = false } = this.answers;
    if (otherKey) delete this.answers.sas;
    return otherKey;
  }

  /** How many requests have gone this way. */
  count(way: 'bearer' | 'sas'): number {
    return this.went.filter((one) => one === way).length;
  }

  copy(
    source = aSource,
    use = aUse,
    send: (from: AuthorisedSource) => Promise<string> = (from) => this.#send(from),
    signal: AbortSignal = new AbortController().signal,
  ): Promise<string> {
    return this.#sources.send(source, use, signal, send);
  }

  #send({ authorization }: AuthorisedSource): Promise<string> {
    const way = authorization === undefined ? 'sas' : 'bearer';
    this.went.push(way);
    const refusal = this.answers[way];
    return refusal === undefined ? Promise.resolve(way) : Promise.reject(refusal);
  }
}
