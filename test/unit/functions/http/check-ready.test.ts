import { describe, expect, it } from 'vitest';
import { checkReady } from '../../../../src/functions/http/check-ready.js';
import { CopyError } from '../../../../src/job/copy-error.js';
import type { Clock } from '../../../../src/runtime/clock.js';
import { createStepClock } from '../../../support/step-clock.js';

/** A clock on which nobody ever wakes up, and that notes who stopped waiting. */
function frozenClock(): Clock & { readonly stopped: unknown[] } {
  const stopped: unknown[] = [];
  return {
    ...createStepClock(),
    stopped,
    sleep: (_delayMs, signal) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => {
          stopped.push(signal.reason);
          reject(signal.reason as Error);
        });
      }),
  };
}

describe('checkReady', () => {
  it('is ready when there is an answer, and waits no longer', async () => {
    const clock = frozenClock();
    expect(await checkReady(clock, 'state', () => Promise.resolve())).toEqual({ name: 'state', ready: true });
    expect(clock.stopped).toHaveLength(1);
  });

  it('names the code of a failure, and nothing that the other side said', async () => {
    const error = new CopyError('destination-role-missing', 'secret text', { retryable: false });
    const result = await checkReady(frozenClock(), 'state', () => Promise.reject(error));
    expect(result.ready).toBe(false);
    expect(result.advice).toMatch(/^destination-role-missing: /);
    expect(result.advice).not.toContain('secret');
  });

  it('does not repeat an unknown error', async () => {
    const result = await checkReady(frozenClock(), 'hub', () => Promise.reject(new Error('secret')));
    expect(result.advice).toMatch(/^no answer: /);
  });

  it('gives up after five seconds', async () => {
    const clock = createStepClock();
    const result = await checkReady(clock, 'state', () => new Promise(() => undefined));
    expect(result.ready).toBe(false);
    expect(clock.slept).toEqual([5000]);
  });
});
