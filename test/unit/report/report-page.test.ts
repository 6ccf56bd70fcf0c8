import { describe, expect, it } from 'vitest';
import type { OutcomeKind } from '../../../src/job/outcome.js';
import { createOutcomeFile } from '../../../src/record/outcomes.js';
import { stateNames } from '../../../src/record/refs.js';
import { writeSegment } from '../../../src/record/segments.js';
import type { ReportLine } from '../../../src/report/report-line.js';
import type { ReportedJob } from '../../../src/report/job-page.js';
import { parseOutcomes, readReport } from '../../../src/report/report-page.js';
import { ContinuationError } from '../../../src/report/walk.js';
import type { MemoryStateStore } from '../../support/memory-state-store.js';
import { createMemoryStateStore } from '../../support/memory-state-store.js';
import { board, draft, job, mixedDraft, operation, outcome, putPairs, record } from './reported-job.js';

/** Segment 0: two copies, a large object, a delete, a skip and a missing key. Segment 1: one success. */
async function mixedJob(): Promise<MemoryStateStore> {
  const state = createMemoryStateStore();
  await putPairs(state);
  const ref = { group: 0, index: 0 };
  await writeSegment(state, job, ref, mixedDraft);
  await createOutcomeFile(state, job, { ...ref, part: 'copy' }).finish([
    outcome('a', 'copied'),
    {
      ...outcome('b', 'failed', 'destination-leased'),
      status: 412,
      serviceCode: 'LeaseIdMissing',
      requestId: 'r-1',
      message: 'There is a lease',
    },
  ]);
  await createOutcomeFile(state, job, { ...ref, part: { large: 0 } }).finish([
    outcome('big', 'conflict', 'destination-exists'),
  ]);
  await createOutcomeFile(state, job, { ...ref, part: 'delete' }).finish([
    outcome('old', 'deleted', 'extra'),
  ]);
  await writeSegment(state, job, { group: 0, index: 1 }, draft({ copies: [operation('c')] }));
  await createOutcomeFile(state, job, { group: 0, index: 1, part: 'copy' }).finish([outcome('c', 'copied')]);
  return state;
}

async function readAll(
  state: MemoryStateStore,
  reported: ReportedJob,
  outcomes: ReadonlySet<OutcomeKind>,
  maxLines = 1000,
): Promise<readonly ReportLine[]> {
  const lines: ReportLine[] = [];
  let token: string | undefined;
  do {
    const page = await readReport(state, reported, {
      outcomes,
      maxLines,
      ...(token === undefined ? {} : { token }),
    });
    lines.push(...page.lines);
    token = page.next;
  } while (token !== undefined);
  return lines;
}

function kinds(text?: string): ReadonlySet<OutcomeKind> {
  return parseOutcomes(text) ?? new Set();
}

const over: ReportedJob = { record: record(), board: board([2]) };

describe('readReport', () => {
  it('G7: shows everything that is not a success, with names, evidence and advice', async () => {
    const lines = await readAll(await mixedJob(), over, kinds());
    expect(lines.map(({ key, outcome: kind, reason }) => [key, kind, reason])).toEqual([
      ['gone', 'failed', 'source-not-found'],
      ['b', 'failed', 'destination-leased'],
      ['big', 'conflict', 'destination-exists'],
    ]);
    expect(lines[1]).toEqual({
      outcome: 'failed',
      reason: 'destination-leased',
      key: 'b',
      source: 'src/in/b',
      destination: 'dst/out/b',
      sizeBytes: 10,
      requestId: 'r-1',
      status: 412,
      serviceCode: 'LeaseIdMissing',
      message: 'There is a lease',
      advice: expect.stringContaining('lease') as string,
    });
  });

  it('shows every object once when all are asked for', async () => {
    const lines = await readAll(await mixedJob(), over, kinds('all'));
    expect(lines.map(({ key }) => key)).toEqual(['same', 'gone', 'a', 'b', 'big', 'old', 'c']);
    expect(lines.find(({ key }) => key === 'old')).not.toHaveProperty('source');
  });

  it.each([1, 2, 3])('gives the same lines in pages of %i', async (maxLines) => {
    const state = await mixedJob();
    expect(await readAll(state, over, kinds('all'), maxLines)).toEqual(
      await readAll(state, over, kinds('all')),
    );
  });

  it('leaves deletes out when only copies are asked for', async () => {
    const state = await mixedJob();
    const page = await readReport(state, over, {
      outcomes: kinds('all'),
      maxLines: 10,
      copiesOnly: true,
    });
    expect(page.lines.map(({ key }) => key)).toEqual(['same', 'gone', 'a', 'b', 'big', 'c']);
  });

  it('opens no blob whose metadata promise nothing', async () => {
    const state = await mixedJob();
    const opened: string[] = [];
    state.onCall = (call, name) => {
      if (call === 'get') opened.push(name);
    };
    await readAll(state, over, kinds('deleted'));
    expect(opened).toEqual([
      stateNames.pairs(job),
      stateNames.outcome(job, { group: 0, index: 0, part: 'delete' }),
    ]);
  });

  it('shows what a cancelled job never tried, parts that were begun included', async () => {
    const state = createMemoryStateStore();
    await putPairs(state);
    const ref = { group: 0, index: 0 };
    await writeSegment(state, job, ref, { ...mixedDraft, skips: [], failures: [] });
    await createOutcomeFile(state, job, { ...ref, part: 'copy' }).checkpoint([outcome('a', 'copied')]);
    const cancelled = { record: record(), board: board([1], { status: 'Cancelled' }) };
    const lines = await readAll(state, cancelled, kinds());
    expect(lines.map(({ key, reason }) => [key, reason])).toEqual([
      ['b', 'cancelled'],
      ['big', 'cancelled'],
      ['old', 'cancelled'],
    ]);
    const failed = { record: record(), board: board([1], { status: 'Failed' }) };
    expect((await readAll(state, failed, kinds())).map(({ reason }) => reason)).toEqual([
      'job-failed',
      'job-failed',
      'delete-not-opened',
    ]);
    const running = { record: record(), board: board([1], { status: 'Running' }) };
    expect(await readAll(state, running, kinds())).toEqual([]);
  });

  it('calls what a dry run leaves a dry run', async () => {
    const state = createMemoryStateStore();
    await putPairs(state);
    await writeSegment(state, job, { group: 0, index: 0 }, draft({ copies: [operation('a')] }));
    const dry = { record: record({ dryRun: true }), board: board([1]) };
    expect((await readAll(state, dry, kinds())).map(({ reason }) => reason)).toEqual(['dry-run']);
  });

  it('finds segments in every block and group, also one that the board was never told of', async () => {
    const state = createMemoryStateStore();
    await putPairs(state);
    const places = [
      [0, 99],
      [0, 100],
      [0, 399],
      [0, 400],
      [2, 0],
    ] as const;
    for (const [group, index] of places) {
      const failures = [
        { pair: 0, key: `${String(group)}-${String(index)}`, reason: 'source-not-found' },
      ] as const;
      await writeSegment(state, job, { group, index }, draft({ failures }));
    }
    const reported = { record: record(), board: board([400, 0, 1]) };
    const lines = await readAll(state, reported, kinds(), 1);
    expect(lines.map(({ key }) => key)).toEqual(['0-99', '0-100', '0-399', '0-400', '2-0']);
  });

  it('ends a page that finds nothing for long, with a token', async () => {
    const state = createMemoryStateStore();
    await putPairs(state);
    const reported = { record: record(), board: board([10_000]) };
    const page = await readReport(state, reported, { outcomes: kinds(), maxLines: 10 });
    expect(page.lines).toEqual([]);
    expect(page.next).toMatch(/^[\w-]+$/);
    expect(await readAll(state, reported, kinds())).toEqual([]);
  });

  it('has no lines before the job was prepared', async () => {
    const queued = { record: record(), board: board([], { status: 'Queued' }) };
    expect(await readReport(createMemoryStateStore(), queued, { outcomes: kinds(), maxLines: 1 })).toEqual({
      lines: [],
    });
  });

  it('refuses tokens of other filters and torn ones', async () => {
    const state = await mixedJob();
    const { next = '' } = await readReport(state, over, { outcomes: kinds('all'), maxLines: 1 });
    for (const token of [next.slice(1), `${next}A`, 'x', '', next.toUpperCase(), '../..']) {
      await expect(readReport(state, over, { outcomes: kinds('all'), maxLines: 1, token })).rejects.toThrow(
        ContinuationError,
      );
    }
    await expect(readReport(state, over, { outcomes: kinds(), maxLines: 1, token: next })).rejects.toThrow(
      ContinuationError,
    );
  });
});

describe('parseOutcomes', () => {
  it('takes nothing, all, and names between commas', () => {
    expect([...kinds()]).toEqual(['failed', 'conflict', 'notAttempted']);
    expect(kinds('all').size).toBe(6);
    expect([...kinds('failed,copied')].sort()).toEqual(['copied', 'failed']);
  });

  it.each(['none', 'copied,', 'Copied', 'all,copied'])('refuses %j', (text) => {
    expect(parseOutcomes(text)).toBeUndefined();
  });
});
