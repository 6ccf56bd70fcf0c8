import type { JobSpec } from '../../../src/job/job-spec.js';
import type { Operation } from '../../../src/job/operation.js';
import type { Outcome } from '../../../src/job/outcome.js';
import { emptySegment, type SegmentDraft } from '../../../src/plan/segment.js';
import type { Board } from '../../../src/record/board.js';
import { newBoard } from '../../../src/record/board.js';
import type { JobRecord } from '../../../src/record/job-record.js';
import { writePairs } from '../../../src/record/pairs.js';
import type { StateStore } from '../../../src/storage/state-store.js';
import { defaultSpec } from '../../support/default-spec.js';

export const job = 'j1234567';

const spec: JobSpec = {
  source: {
    kind: 'prefix',
    location: { account: 'one', container: 'src', prefix: 'in/' },
    base: 'in/',
    recursive: true,
  },
  destination: { account: 'two', container: 'dst', prefix: 'out/' },
  ...defaultSpec,
};

export function record(change: Partial<JobSpec> = {}): JobRecord {
  return {
    version: 1,
    id: job,
    kind: 'copy',
    createdAt: '2026-01-01T00:00:00.000Z',
    requestHash: 'h',
    source: 'https://one/src/in/',
    destination: 'https://two/dst/out/',
    spec: { ...spec, ...change },
  };
}

/** A board whose groups have this many segments each, all listed. */
export function board(segments: readonly number[], change: Partial<Board> = {}): Board {
  return {
    ...newBoard(job),
    status: 'Completed',
    groups: segments.map((written) => ({ listed: true, written, copy: [], large: [], remove: [] })),
    ...change,
  };
}

export async function putPairs(state: StateStore): Promise<void> {
  await writePairs(state, job, {
    groups: [[0]],
    pairs: [
      {
        sourceContainer: 'src',
        listPrefix: 'in/',
        sourceBase: 'in/',
        destinationContainer: 'dst',
        destinationBase: 'out/',
      },
    ],
    tags: { source: true, destination: true },
    missingDestinations: [],
  });
}

export function operation(key: string, action: 'copy' | 'delete' = 'copy', sizeBytes = 10): Operation {
  return {
    action,
    pair: 0,
    key,
    reason: action === 'copy' ? 'new' : 'extra',
    sizeBytes,
    etag: '"e"',
    lastModified: '2026-01-01T00:00:00.000Z',
  };
}

export function draft(change: Partial<SegmentDraft>): SegmentDraft {
  return { ...emptySegment, ...change };
}

/** Two copies, a large object, a delete, a skip and a missing key. */
export const mixedDraft = draft({
  copies: [operation('a'), operation('b')],
  large: [operation('big')],
  deletes: [operation('old', 'delete')],
  skips: [{ pair: 0, key: 'same', reason: 'same', sizeBytes: 3 }],
  failures: [{ pair: 0, key: 'gone', reason: 'source-not-found' }],
});

export function outcome(key: string, kind: Outcome['outcome'], reason: Outcome['reason'] = 'new'): Outcome {
  return { outcome: kind, reason, pair: 0, key, sizeBytes: 10 };
}
