import { describe, expect, it } from 'vitest';
import type { Board } from '../../../src/record/board.js';
import { zeroTotals } from '../../../src/record/board.js';
import { jobView } from '../../../src/report/job-view.js';
import { board, record } from './reported-job.js';

const startedAt = '2026-01-01T00:00:00.000Z';
const nowMs = Date.parse('2026-01-01T00:01:40.000Z');

function running(change: Partial<Board> = {}): Board {
  return board([1], {
    status: 'Running',
    phase: 'copy',
    startedAt,
    totals: {
      ...zeroTotals,
      planned: 1000,
      copied: 300,
      skipped: 100,
      bytesPlanned: 4000,
      bytesCopied: 500,
    },
    ...change,
  });
}

describe('jobView', () => {
  it('adds what lanes have settled inside unfinished units', () => {
    const holding = {
      seq: 1,
      unit: { kind: 'copy', group: 0, index: 0 },
      again: false,
      since: startedAt,
    } as const;
    const view = jobView(
      record(),
      running({
        holdings: {
          0: { ...holding, partial: { copied: 50, failed: 2, bytesCopied: 25 } },
          1: { ...holding, partial: { copied: 50, bytesCopied: 25 } },
          2: holding,
        },
      }),
      nowMs,
    );
    expect(view.counts).toMatchObject({ planned: 1000, copied: 400, skipped: 100, failed: 2 });
    expect(view.bytes).toEqual({ planned: 4000, copied: 550 });
  });

  it('tells the rate, and the remaining time by the effort of objects and bytes together', () => {
    const view = jobView(record(), running(), nowMs);
    expect(view.rate).toEqual({ objectsPerSecond: 4, bytesPerSecond: 5 });
    // 400 of 1,001 objects in 100 s, and next to no bytes.
    expect(view.etaSeconds).toBe(151);
    const gibibytes = { ...running().totals, bytesPlanned: 100 * 2 ** 30, bytesCopied: 2 ** 30 };
    // 400 objects and 1 GiB are 464 units of effort; 601 objects and 99 GiB are left.
    const heavy = jobView(record(), running({ totals: gibibytes }), nowMs);
    expect(heavy.etaSeconds).toBe(Math.ceil((100 * (heavy.counts.planned - 400 + 99 * 64)) / 464));
  });

  it('does not wait for bytes once every object is settled', () => {
    const totals = { ...running().totals, planned: 400 };
    expect(jobView(record(), running({ totals }), nowMs).etaSeconds).toBe(0);
  });

  it.each<[string, Partial<Board>]>([
    [
      'the listing is not complete',
      { groups: [{ listed: false, written: 1, copy: [], large: [], remove: [] }] },
    ],
    ['nothing is listed', { groups: [] }],
    ['the job is paused', { status: 'Paused' }],
    ['nothing has moved', { totals: { ...zeroTotals, planned: 5 } }],
  ])('knows no remaining time while %s', (_title, change) => {
    expect(jobView(record(), running(change), nowMs).etaSeconds).toBeNull();
  });

  it('measures a paused job up to its last sign of life and a finished one to its end', () => {
    const paused = running({ status: 'Paused', beatAt: '2026-01-01T00:00:50.000Z' });
    expect(jobView(record(), paused, nowMs).rate.objectsPerSecond).toBe(8);
    const finished = running({ status: 'Completed', finishedAt: '2026-01-01T00:00:25.000Z' });
    expect(jobView(record(), finished, nowMs).rate.objectsPerSecond).toBe(16);
  });

  it('shows a job that has not started', () => {
    const view = jobView(record(), board([], { status: 'Queued', phase: 'prepare' }), nowMs);
    expect(view).toMatchObject({
      status: 'Queued',
      startedAt: null,
      finishedAt: null,
      etaSeconds: null,
      rate: { objectsPerSecond: 0, bytesPerSecond: 0 },
    });
    expect(view).not.toHaveProperty('conservation');
  });

  it('says at the end whether every planned object is accounted for', () => {
    const totals = { ...zeroTotals, planned: 2, copied: 1, failed: 1 };
    expect(jobView(record(), board([1], { totals }), nowMs).conservation).toEqual({ holds: true });
    expect(jobView(record(), board([1], { totals: { ...totals, failed: 0 } }), nowMs).conservation).toEqual({
      holds: false,
    });
  });

  it('shows reason, warnings, plan and what is pending', () => {
    const view = jobView(
      record({ retryOf: 'jolder12' }),
      running({
        desired: 'pause',
        reason: { code: 'guard', text: 'too many deletes' },
        planHash: 'abc',
        approved: 'abd',
        warnings: ['tags are not permitted'],
      }),
      nowMs,
    );
    expect(view).toMatchObject({
      pending: 'pause',
      reason: 'too many deletes',
      reasonCode: 'guard',
      planHash: 'abc',
      approved: false,
      retryOf: 'jolder12',
      warnings: ['tags are not permitted'],
    });
  });

  it('says what to do about the last errors', () => {
    const errors = [{ at: startedAt, code: 'source-archived', key: 'k', message: 'm' }] as const;
    expect(jobView(record(), running({ errors }), nowMs).errors[0]?.advice).toContain('rehydrate');
  });
});
