import { describe, expect, it } from 'vitest';
import { defaultRetryBudget, Retry } from '../../../src/copy/retry.js';
import { CopyError } from '../../../src/job/copy-error.js';
import { networkError, refusal, throttled } from '../../support/memory-faults.js';
import { codeOf } from '../../support/memory-store.js';
import { createStepClock } from '../../support/step-clock.js';

const signal = new AbortController().signal;

function failing(times: number, error: Error): () => Promise<string> {
  let left = times;
  return () => {
    left -= 1;
    return left >= 0 ? Promise.reject(error) : Promise.resolve('done');
  };
}

describe('Retry', () => {
  it('waits a random share of a ceiling that doubles', async () => {
    const clock = { ...createStepClock(), random: () => 0.5, slept: [] as number[] };
    const step = { ...clock, sleep: (delayMs: number) => Promise.resolve(void clock.slept.push(delayMs)) };
    await new Retry({ clock: step, signal }).write(failing(6, networkError()));
    expect(clock.slept).toEqual([250, 500, 1000, 2000, 4000, 8000]);
  });

  it('never waits less than Retry-After says', async () => {
    const clock = createStepClock();
    await new Retry({ clock, signal }).write(failing(1, throttled(20_000)));
    expect(clock.slept[0]).toBeGreaterThanOrEqual(20_000);
  });

  it('throws the last error when the failures are too many', async () => {
    const clock = createStepClock();
    const retry = new Retry({ clock, signal });
    expect(await codeOf(retry.write(failing(99, throttled())))).toBe('throttled');
    expect(clock.slept).toHaveLength(defaultRetryBudget.maxFailures - 1);
  });

  it('throws at once when Retry-After is more than the budget has left', async () => {
    const clock = createStepClock();
    expect(await codeOf(new Retry({ clock, signal }).write(failing(1, throttled(61_000))))).toBe('throttled');
    expect(clock.slept).toEqual([]);
  });

  it('shares one budget over all steps of an object', async () => {
    const retry = new Retry({ clock: createStepClock(), signal });
    await retry.read(failing(4, networkError()));
    await retry.write(failing(3, networkError()));
    expect(await codeOf(retry.read(failing(1, networkError())))).toBe('network');
  });

  it('repeats nothing that is not passing, and nothing that is not an error of the data path', async () => {
    const clock = createStepClock();
    const retry = new Retry({ clock, signal });
    expect(await codeOf(retry.write(failing(1, refusal('bad-request', 400, 'InvalidUri'))))).toBe(
      'bad-request',
    );
    await expect(retry.write(failing(1, new TypeError('bug')))).rejects.toThrow(TypeError);
    expect(clock.slept).toEqual([]);
  });

  it('knows that a write that failed for now may have landed, whatever the answer, and a read not', async () => {
    const retry = new Retry({ clock: createStepClock(), signal });
    await retry.read(failing(1, networkError()));
    expect(retry.unknownWrite).toBe(false);
    await retry.write(failing(1, new CopyError('throttled', 'slow down', { retryable: true, status: 429 })));
    expect(retry.unknownWrite).toBe(true);
  });

  it.each(['source-unauthenticated', 'destination-unauthenticated'] as const)(
    'tries once more with a fresh token after %s, and believes the second refusal',
    async (code) => {
      const refused = refusal(code, 401, 'InvalidAuthenticationInfo');
      const retry = new Retry({ clock: createStepClock(), signal });
      await retry.write(failing(1, refused));
      expect(retry.unknownWrite).toBe(false);
      expect(await codeOf(retry.write(failing(1, refused)))).toBe(code);
    },
  );

  it('asks before each try of a write whether it may, and sends nothing that may not', async () => {
    let asked = 0;
    const requireHold = async (): Promise<void> => {
      asked += 1;
      if (asked === 3) throw new CopyError('aborted', 'somebody else has it', { retryable: false });
      await Promise.resolve();
    };
    const retry = new Retry({ clock: createStepClock(), signal, requireHold });
    await retry.read(failing(0, networkError()));
    expect(asked).toBe(0);
    let sent = 0;
    const send = (): Promise<never> => {
      sent += 1;
      return Promise.reject(networkError());
    };
    expect(await codeOf(retry.write(send))).toBe('aborted');
    expect([asked, sent]).toEqual([3, 2]);
  });

  it('sends nothing once the signal has fired', async () => {
    const retry = new Retry({ clock: createStepClock(), signal: AbortSignal.abort() });
    expect(await codeOf(retry.read(() => Promise.resolve(1)))).toBe('aborted');
  });
});
