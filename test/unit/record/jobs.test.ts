import { describe, expect, it } from 'vitest';
import type { JobSpec } from '../../../src/job/job-spec.js';
import { newBoard } from '../../../src/record/board.js';
import { isJobId, jobIdForKey, jobIdFromBytes } from '../../../src/record/job-id.js';
import type { JobRecord } from '../../../src/record/job-record.js';
import { createJob, listJobs, readJob } from '../../../src/record/jobs.js';
import { readKeys } from '../../../src/record/key-list.js';
import { stateNames } from '../../../src/record/refs.js';
import { collect } from '../../support/collect.js';
import { createMemoryStateStore } from '../../support/memory-state-store.js';
import { defaultSpec } from '../../support/default-spec.js';

const place = { account: 'one', container: 'c', prefix: '' };
const spec: JobSpec = {
  source: { kind: 'prefix', location: place, base: '', recursive: true },
  destination: { account: 'two', container: 'c', prefix: '' },
  ...defaultSpec,
};

function record(id: string, minute: number, requestHash = 'h'): JobRecord {
  const createdAt = new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
  return { version: 1, id, kind: 'copy', createdAt, requestHash, source: 's', destination: 'd', spec };
}

describe('createJob', () => {
  it('writes index entry, record and board in this order', async () => {
    const state = createMemoryStateStore();
    const order: string[] = [];
    state.onCall = (_call, name) => {
      order.push(name);
    };
    const job = record('j1234567', 0);
    expect(await createJob(state, job, newBoard(job.id))).toEqual({ created: true });
    expect(order).toEqual([
      stateNames.indexEntry(Date.parse(job.createdAt), job.id),
      stateNames.record(job.id),
      stateNames.board(job.id),
    ]);
  });

  it('returns the job that exists and leaves one index entry', async () => {
    const state = createMemoryStateStore();
    const first = record('j1234567', 0);
    await createJob(state, first, newBoard(first.id));
    const again = await createJob(state, record('j1234567', 5), newBoard(first.id));
    expect(again).toEqual({ created: false, record: first });
    expect(state.names(stateNames.index)).toEqual([
      stateNames.indexEntry(Date.parse(first.createdAt), first.id),
    ]);
  });

  it.each([2, 3, 4])('is completed by a repetition after a crash at request %i', async (crash) => {
    const state = createMemoryStateStore();
    let calls = 0;
    state.onCall = () => {
      calls += 1;
      if (calls === crash) throw new Error('crash');
    };
    const job = record('j1234567', 0);
    await expect(createJob(state, job, newBoard(job.id), ['a'])).rejects.toThrow('crash');
    state.onCall = undefined;
    await createJob(state, record('j1234567', 1), newBoard(job.id), ['a']);
    expect(state.text(stateNames.board(job.id))).toBe(JSON.stringify(newBoard(job.id)));
    expect(await collect(readKeys(state, job.id, 0))).toEqual(['a']);
    expect((await listJobs(state, { top: 10 })).records.map(({ id }) => id)).toEqual(['j1234567']);
  });

  it('changes nothing of a job that another request created under the same id', async () => {
    const state = createMemoryStateStore();
    const first = record('j1234567', 0, 'first');
    await createJob(state, first, newBoard(first.id), ['a']);
    const board = newBoard(first.id);
    await createJob(state, record('j1234567', 0, 'second'), { ...board, run: 9 }, ['b']);
    expect(await readJob(state, first.id)).toEqual(first);
    expect(state.text(stateNames.board(first.id))).toBe(JSON.stringify(board));
    expect(await collect(readKeys(state, first.id, 0))).toEqual(['a']);
  });
});

describe('listJobs', () => {
  it('pages through the jobs, newest first', async () => {
    const state = createMemoryStateStore();
    for (const minute of [3, 1, 2, 5, 4]) {
      const job = record(`jobnumber${String(minute)}`, minute);
      await createJob(state, job, newBoard(job.id));
    }
    const ids: string[][] = [];
    let continuation: string | undefined;
    do {
      const page = await listJobs(state, {
        top: 2,
        ...(continuation === undefined ? {} : { continuation }),
      });
      ids.push(page.records.map(({ id }) => id));
      continuation = page.next;
    } while (continuation !== undefined);
    expect(ids).toEqual([['jobnumber5', 'jobnumber4'], ['jobnumber3', 'jobnumber2'], ['jobnumber1']]);
  });

  it('leaves out index entries without a record, of another time, or of another form', async () => {
    const state = createMemoryStateStore();
    const job = record('j1234567', 1);
    await createJob(state, job, newBoard(job.id));
    await state.put(stateNames.indexEntry(Date.parse(job.createdAt) + 60_000, job.id), '');
    await state.put(stateNames.indexEntry(Date.parse(job.createdAt), 'jcrashed'), '');
    await state.put(`${stateNames.index}note`, '');
    expect(await listJobs(state, { top: 1 })).toMatchObject({ records: [{ id: job.id }] });
    expect((await listJobs(state, { top: 50 })).records).toHaveLength(1);
  });

  it('stops at jobs older than asked for', async () => {
    const state = createMemoryStateStore();
    for (const minute of [1, 2, 3]) {
      const job = record(`jobnumber${String(minute)}`, minute);
      await createJob(state, job, newBoard(job.id));
    }
    const page = await listJobs(state, { top: 10, from: '2026-01-01T00:02:00Z' });
    expect(page.records.map(({ id }) => id)).toEqual(['jobnumber3', 'jobnumber2']);
    expect(page.next).toBeUndefined();
  });
});

describe('job ids', () => {
  it('makes the same id of the same key and different ids of different keys', () => {
    expect(jobIdForKey('nightly')).toBe(jobIdForKey('nightly'));
    expect(jobIdForKey('nightly')).not.toBe(jobIdForKey('Nightly'));
  });

  it('makes 26 characters that are safe everywhere', () => {
    expect(jobIdForKey('ключ')).toMatch(/^j[a-z2-7]{25}$/);
    expect(jobIdFromBytes(new Uint8Array(16).fill(255))).toBe(`j${'7'.repeat(25)}`);
    expect(isJobId(jobIdForKey(''))).toBe(true);
  });

  it('uses the bits as RFC 4648 does', () => {
    expect(jobIdFromBytes(Buffer.from('foobarfoobarfoobar')).slice(1, 11)).toBe('mzxw6ytboj');
  });

  it('refuses too few random bytes', () => {
    expect(() => jobIdFromBytes(new Uint8Array(15))).toThrow(RangeError);
  });

  it.each(['', 'short', '../board', 'J1234567', 'j'.repeat(41), 'j12345678\n'])(
    'does not take %j for an id',
    (text) => {
      expect(isJobId(text)).toBe(false);
    },
  );
});
