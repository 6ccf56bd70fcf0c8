import { describe, expect, it } from 'vitest';
import type { Journal, JournalEntry } from '../../../../src/localhost/cloud/journal.js';
import { createJournal } from '../../../../src/localhost/cloud/journal.js';

function note(journal: Journal, change: Partial<JournalEntry> = {}): void {
  const entry = journal.open({
    timeMs: 0,
    service: 'blob',
    account: 'acct',
    method: 'PUT',
    path: '/acct/box/name',
    operation: 'PutBlob',
    container: 'box',
    blob: 'name',
    internal: false,
    caller: 'SharedKey',
    requestBytes: 10,
    responseBytes: 1,
    status: 201,
    ...change,
  });
  journal.close(entry);
}

describe('the journal', () => {
  it('keeps the newest entries, but counts all', () => {
    const journal = createJournal(3);
    for (let i = 1; i <= 5; i += 1) note(journal, { blob: `b${String(i)}` });
    expect(journal.query({}).map((entry) => [entry.seq, entry.blob])).toEqual([
      [3, 'b3'],
      [4, 'b4'],
      [5, 'b5'],
    ]);
    expect(journal.summary({})).toMatchObject([
      { operation: 'PutBlob', count: 5, requestBytes: 50, responseBytes: 5 },
    ]);
  });

  it('filters by what was asked, and counts apart what differs', () => {
    const journal = createJournal();
    note(journal);
    note(journal, { operation: 'GetBlob', method: 'GET', internal: true, status: 200, caller: 'oid' });
    note(journal, { status: 503, errorCode: 'ServerBusy', clientRequestId: 'job-7', userAgent: 'tranship' });
    expect(journal.query({ internal: true }).map((entry) => entry.seq)).toEqual([2]);
    expect(journal.query({ method: 'PUT', after: 1 }).map((entry) => entry.seq)).toEqual([3]);
    expect(journal.query({ clientTag: 'job-' }).map((entry) => entry.seq)).toEqual([3]);
    expect(journal.query({ errorCode: 'ServerBusy', blob: 'ame' })).toHaveLength(1);
    expect(journal.query({ blob: 'zzz' })).toEqual([]);
    expect(journal.query({ limit: 1 }).map((entry) => entry.seq)).toEqual([3]);
    expect(journal.summary({})).toHaveLength(3);
    expect(journal.summary({ internal: false, status: 201 })).toMatchObject([{ count: 1 }]);
  });

  it('shows a request under way and starts over after clear', () => {
    const journal = createJournal();
    const { seq } = journal.open({
      timeMs: 0,
      service: 'blob',
      account: 'acct',
      method: 'GET',
      path: '/acct',
      operation: 'ListContainers',
      internal: false,
      caller: 'anonymous',
      requestBytes: 0,
      responseBytes: 0,
    });
    expect(journal.query({ after: seq - 1 })).toHaveLength(1);
    expect(journal.summary({})).toEqual([]);
    journal.clear();
    expect(journal.query({})).toEqual([]);
  });
});
