import { describe, expect, it } from 'vitest';
import type { ServiceError } from '../../../../src/localhost/cloud/errors.js';
import { createFaults } from '../../../../src/localhost/cloud/faults.js';
import type { FaultSubject } from '../../../../src/localhost/cloud/faults.js';

const subject: FaultSubject = {
  service: 'blob',
  method: 'PUT',
  account: 'acct',
  container: 'box',
  operation: 'PutBlobFromUrl',
  url: '/acct/box/name?sig=x',
  hasCopySource: true,
  hasSourceAuthorization: true,
  clientTags: ['tranship/1', 'job-7'],
  internal: false,
};

function times<T>(count: number, act: () => T): T[] {
  return Array.from({ length: count }, act);
}

describe('a fault rule', () => {
  it('takes effect only where every filter matches', () => {
    const mismatches: Partial<FaultSubject>[] = [
      { method: 'GET' },
      { account: 'other' },
      { container: 'other' },
      { operation: 'GetBlob' },
      { url: '/acct/box/another' },
      { hasCopySource: false },
      { hasSourceAuthorization: false },
      { clientTags: ['azcopy'] },
      { internal: true },
      { service: 'queue' },
    ];
    const faults = createFaults(() => 0);
    faults.add([
      {
        service: 'blob',
        method: 'PUT',
        account: 'acct',
        container: 'box',
        operation: 'PutBlobFromUrl',
        path: '/name(\\?|$)',
        hasCopySource: true,
        hasSourceAuthorization: true,
        clientTag: 'job-7',
        side: 'client',
        status: 500,
      },
    ]);
    for (const mismatch of mismatches) {
      expect(faults.choose({ ...subject, ...mismatch }), JSON.stringify(mismatch)).toBeUndefined();
    }
    expect(faults.choose(subject)).toMatchObject({ status: 500 });
  });

  it('skips the first matches and stops after its times', () => {
    const faults = createFaults(() => 0);
    faults.add([{ skip: 2, times: 1, status: 503 }]);
    expect(times(5, () => faults.choose(subject)?.status)).toEqual([
      undefined,
      undefined,
      503,
      undefined,
      undefined,
    ]);
    expect(faults.list()).toEqual([{ id: 1, skip: 2, times: 1, status: 503, matched: 5, applied: 1 }]);
  });

  it('gives way to the next rule when it is not due', () => {
    const faults = createFaults(() => 0);
    faults.add([{ times: 1, status: 500 }, { status: 503 }]);
    expect(times(2, () => faults.choose(subject)?.status)).toEqual([500, 503]);
  });

  it('falls by chance the same way for the same seed, about as often as asked', () => {
    const run = (seed: number): boolean[] => {
      const faults = createFaults(() => 0);
      faults.add([{ probability: 0.25, seed, status: 500 }]);
      return times(1000, () => faults.choose(subject) !== undefined);
    };
    const first = run(7);
    expect(run(7)).toEqual(first);
    expect(run(8)).not.toEqual(first);
    const share = first.filter(Boolean).length / 1000;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.3);
  });

  it('is gone after clear', () => {
    const faults = createFaults(() => 0);
    faults.add([{ status: 500 }]);
    faults.clear();
    expect(faults.choose(subject)).toBeUndefined();
  });
});

describe('a throttle', () => {
  it('lets the burst through, then as many as the rate refills, for its account only', () => {
    let now = 0;
    const faults = createFaults(() => now);
    faults.setThrottles([{ account: 'acct', operationsPerSecond: 2, burst: 3, retryAfterSeconds: 5 }]);
    const attempt = (): ServiceError | undefined => {
      try {
        faults.take('acct');
        return undefined;
      } catch (error) {
        return error as ServiceError;
      }
    };
    expect(times(3, attempt)).toEqual([undefined, undefined, undefined]);
    expect(attempt()).toMatchObject({
      status: 503,
      code: 'ServerBusy',
      extraHeaders: [['Retry-After', '5']],
    });
    expect(() => {
      faults.take('other');
    }).not.toThrow();
    now = 1000;
    expect(times(3, attempt).map((error) => error?.code)).toEqual([undefined, undefined, 'ServerBusy']);
    expect(faults.throttles()).toHaveLength(1);
    faults.setThrottles([]);
    expect(attempt()).toBeUndefined();
  });
});
