import type { StateStore } from '../storage/state-store.js';
import type { Board } from './board.js';
import type { BoardVersion } from './board-file.js';
import type { JobRecord } from './job-record.js';
import { writeKeyList } from './key-list.js';
import { stateNames } from './refs.js';

export type CreateJobResult =
  | { readonly created: true }
  /** The record that was there before; it may stem from another request, see `requestHash`. */
  | { readonly created: false; readonly record: JobRecord };

export interface JobPage {
  readonly records: readonly JobRecord[];
  /** Opaque; absent when there is no more. */
  readonly next?: string;
}

const indexPattern = /^(\d{13})-([a-z0-9]{8,40})$/;
const lastMs = 9_999_999_999_999;

/**
 * Records a job once: index entry, then record, then the keys of a list source, then board, so that a crash in between
 * leaves either nothing that counts or a job that a repetition completes. Repeating the same request is safe and mends
 * what is missing; another request under the same id changes nothing.
 */
export async function createJob(
  state: StateStore,
  record: JobRecord,
  board: Board,
  keys?: Iterable<string>,
): Promise<CreateJobResult> {
  const entry = stateNames.indexEntry(Date.parse(record.createdAt), record.id);
  await state.put(entry, '');
  const created = await state.put(stateNames.record(record.id), JSON.stringify(record), {
    condition: { ifAbsent: true },
  });
  const standing = created === undefined ? await readJob(state, record.id) : record;
  if (standing === undefined) throw new Error('a job record was refused as existing, and is not there');
  if (standing.createdAt !== record.createdAt) await state.delete(entry);
  if (standing.requestHash === record.requestHash) {
    if (keys !== undefined) await writeKeyList(state, record.id, keys);
    await state.put(stateNames.board(record.id), JSON.stringify(board), { condition: { ifAbsent: true } });
  }
  return created === undefined ? { created: false, record: standing } : { created: true };
}

/** The job's record, or undefined when there is no such job. One request. */
export async function readJob(state: StateStore, id: string): Promise<JobRecord | undefined> {
  const blob = await state.get(stateNames.record(id));
  return blob === undefined ? undefined : (JSON.parse(blob.body.toString('utf8')) as JobRecord);
}

/** The job's board, or undefined when there is none. One request. To change it, take a `BoardFile`. */
export async function readBoard(state: StateStore, id: string): Promise<BoardVersion | undefined> {
  const blob = await state.get(stateNames.board(id));
  return blob === undefined
    ? undefined
    : { board: JSON.parse(blob.body.toString('utf8')) as Board, etag: blob.etag };
}

/**
 * Up to `top` jobs, newest first, going on after `continuation` (a `next` of this function); `from` (ISO 8601) leaves
 * out what is older. One request per job and one per page of the index.
 */
export async function listJobs(
  state: StateStore,
  options: { readonly top: number; readonly continuation?: string; readonly from?: string },
): Promise<JobPage> {
  const oldestMs = options.from === undefined ? -Infinity : Date.parse(options.from);
  const records: JobRecord[] = [];
  let token = options.continuation;
  do {
    const page = await state.list(stateNames.index, token, options.top - records.length);
    for (const { name } of page.entries) {
      const entry = entryOf(name);
      if (entry === undefined) continue;
      if (entry.createdMs < oldestMs) return { records };
      const record = await readJob(state, entry.id);
      // An entry without its record, or of another time, is what a crashed or repeated start left behind.
      if (record !== undefined && Date.parse(record.createdAt) === entry.createdMs) records.push(record);
    }
    token = page.next;
  } while (token !== undefined && records.length < options.top);
  return { records, ...(token === undefined ? {} : { next: token }) };
}

function entryOf(name: string): { readonly id: string; readonly createdMs: number } | undefined {
  const [, inverted, id] = indexPattern.exec(name.slice(stateNames.index.length)) ?? [];
  return inverted === undefined || id === undefined
    ? undefined
    : { id, createdMs: lastMs - Number(inverted) };
}
