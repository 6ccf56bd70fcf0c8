import type { CopyError } from '../job/copy-error.js';
import type { Clock } from '../runtime/clock.js';

/** How a destination's service is let in to a source. */
export type Way = 'bearer' | 'userDelegationSas';

/** So long a copy waits at most for what another one is finding out; longer when the token was refused to that one. */
const scoutMs = 1_000;
const refusedScoutMs = 5_000;
/** Copies that go ahead alone; when none of them has found it out, all go, for a minute. */
const mostScouts = 3;
const scoutlessMs = 60_000;
/** So long the SAS serves before one copy tries the token again; twice as long each further time, up to the longest. */
const firstTrialMs = 60_000;
const longestTrialMs = 3_600_000;
/** So long nothing is tried instead of what was refused where nothing else helped, so many times in turn. */
const vainMs = 60_000;
const vainTries = 3;

/** One copy's turn. */
export interface Turn {
  /** What it begins with. */
  readonly way: Way;
  /** Counts up with each turn and each answer: what has a lower number came before. */
  readonly number: number;
}

/**
 * What is known of one source account, one destination account and one kind of request: whether the token serves or the SAS. The
 * last answer that proves something counts. Proof of the token is a copy by it; proof of the SAS, one by it of an object that was
 * just refused the token, while no other copy by token went well. As the refusal may have been passing, one copy now and then
 * tries the token all the same: after a minute, and twice as long each further time, up to an hour.
 */
export class SourceWay {
  readonly #clock: Pick<Clock, 'now' | 'sleep'>;
  #known: Way | undefined;
  #number = 0;
  #servedAt = 0;
  #refusedAt: number | undefined;
  #trialAtMs = 0;
  #trialMs = firstTrialMs;
  #scout: Promise<void> | undefined;
  #scouts = 0;
  #scoutsUntilMs = 0;
  #vainTries = 0;
  #vain: { readonly untilMs: number; readonly key?: CopyError } = { untilMs: 0 };
  #doubtAtMs = 0;

  constructor(clock: Pick<Clock, 'now' | 'sleep'>) {
    this.#clock = clock;
  }

  /** Undefined: nothing is proven yet. */
  get known(): Way | undefined {
    return this.#known;
  }

  /**
   * Runs one copy. While nothing is known, one goes ahead and the others wait for its answer: a second at most, or five when the
   * token was refused to it and the SAS is being tried. Throws what `copy` throws, or the signal's reason.
   */
  async take<T>(signal: AbortSignal, copy: (turn: Turn) => Promise<T>): Promise<T> {
    const sinceMs = this.#clock.now();
    while (this.#known === undefined && this.#scout !== undefined) {
      const untilMs = sinceMs + (this.#refusedAt === undefined ? scoutMs : refusedScoutMs);
      if (this.#clock.now() >= untilMs) break;
      await this.#firstOf(this.#scout, untilMs, signal);
    }
    if (this.#clock.now() >= this.#scoutsUntilMs) this.#scouts = 0;
    if (this.#known !== undefined || this.#scout !== undefined || this.#scouts >= mostScouts) {
      return copy(this.#turn());
    }
    this.#scouts += 1;
    this.#scoutsUntilMs = this.#clock.now() + scoutlessMs;
    const answer = copy(this.#turn());
    const scout = answer.then(
      () => undefined,
      () => undefined,
    );
    this.#scout = scout;
    void scout.then(() => {
      this.#scout = undefined;
    });
    return answer;
  }

  async #firstOf(scout: Promise<void>, untilMs: number, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const delayMs = untilMs - this.#clock.now();
    try {
      await Promise.race([scout, this.#clock.sleep(delayMs, AbortSignal.any([signal, over.signal]))]);
    } finally {
      over.abort();
    }
  }

  #turn(): Turn {
    this.#number += 1;
    const number = this.#number;
    if (this.#known !== 'userDelegationSas') return { way: 'bearer', number };
    const now = this.#clock.now();
    if (now < this.#trialAtMs) return { way: 'userDelegationSas', number };
    this.#trialMs = Math.min(2 * this.#trialMs, longestTrialMs);
    this.#trialAtMs = now + this.#trialMs;
    return { way: 'bearer', number };
  }

  /** A copy by token went well. True: the SAS had served until now. */
  tokenServed(): boolean {
    const isNews = this.#known === 'userDelegationSas';
    this.#number += 1;
    this.#servedAt = this.#number;
    this.#known = 'bearer';
    this.#refusedAt = undefined;
    return isNews;
  }

  /** The token was refused. True: it had been before this turn began, and has not served since; so it is not just stale. */
  tokenRefused({ number }: Turn): boolean {
    const isRepeated = this.#refusedAt !== undefined && this.#refusedAt < number;
    if (this.#refusedAt === undefined) {
      this.#number += 1;
      this.#refusedAt = this.#number;
    }
    return isRepeated;
  }

  /** A copy that was refused the token went well by SAS. True: that is news, and the SAS serves from now on. */
  sasServed({ number }: Turn): boolean {
    this.#vainTries = 0;
    if (this.#known === 'userDelegationSas' || this.#servedAt > number) return false;
    this.#known = 'userDelegationSas';
    this.#trialAtMs = this.#clock.now() + this.#trialMs;
    return true;
  }

  /**
   * A copy that was refused the token was refused by SAS, too, which may be of the object; or the account gave out no key for one,
   * which is of all: that refusal is answered.
   */
  triedInVain(refusal: CopyError): CopyError | undefined {
    const key = refusal.code === 'source-delegation-refused' ? refusal : undefined;
    this.#vainTries += 1;
    if (key === undefined && this.#vainTries < vainTries) return undefined;
    this.#vainTries = 0;
    this.#vain = { untilMs: this.#clock.now() + vainMs, ...(key === undefined ? {} : { key }) };
    return key;
  }

  /** Set while the SAS is not worth trying where the token was refused. */
  get vain(): { readonly key?: CopyError } | undefined {
    const isOver = this.#known === 'userDelegationSas' || this.#clock.now() >= this.#vain.untilMs;
    return isOver ? undefined : this.#vain;
  }

  /** Whether a copy whose SAS was refused shall try the token: when it has served meanwhile, else once a minute. */
  doubtSas(): boolean {
    if (this.#known === 'bearer') return true;
    const now = this.#clock.now();
    if (now < this.#doubtAtMs) return false;
    this.#doubtAtMs = now + vainMs;
    return true;
  }
}
