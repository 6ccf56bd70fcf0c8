import { crc32 } from 'node:zlib';

import type { JournalFile, JournalFiles } from './journal-files.js';
import type { JournalRecord } from './journal-record.js';

/** Version of the journal's format; a newer one is refused. */
const journalFormat = 1;

/** Name of the journal in its folder. */
const journalFileName = 'journal.jsonl';

const nextFileName = 'journal.next.jsonl';
const newline = 0x0a;

/** The journal cannot be used: `code` says why, the message names file and offset. */
export class JournalError extends Error {
  readonly code: 'corrupt' | 'newer-format' | 'write-failed' | 'closed';

  constructor(code: JournalError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'JournalError';
    this.code = code;
  }
}

export interface JournalOptions {
  readonly files: JournalFiles;
  /** Called for each record in order, before `openJournal` resolves. */
  readonly recover: (record: JournalRecord) => void;
  /** The state as records; taken when the journal is rewritten. */
  readonly snapshot: () => Iterable<JournalRecord>;
  /** The journal is rewritten when it has grown past this and past twice its size after the last rewrite. */
  readonly compactAfterBytes: number;
  /** A torn tail was cut off: an unacknowledged write of a crashed process. */
  readonly onTornTail: (offsetBytes: number, lostBytes: number) => void;
}

/** An append-only list of records, one JSON text a line with its checksum. Several appends share one flush to the disk. */
export interface Journal {
  /** Resolves when the record is on the disk. Rejects with `write-failed`; every later append then does too. */
  append(record: JournalRecord): Promise<void>;
  /** Resolves when everything appended so far is on the disk. */
  flushed(): Promise<void>;
  /** Flushes, then closes. */
  close(): Promise<void>;
}

function encodeLine(value: unknown): string {
  const text = JSON.stringify(value);
  return `{"crc":"${crc32(text).toString(16).padStart(8, '0')}","r":${text}}\n`;
}

const bodyStart = '{"crc":"00000000","r":'.length;

function decodeLine(line: string): unknown {
  const text = line.slice(bodyStart, -1);
  const crc = line.slice(8, 16);
  if (!line.startsWith('{"crc":"') || !line.endsWith('}') || crc32(text) !== Number.parseInt(crc, 16)) {
    return undefined;
  }
  return JSON.parse(text);
}

interface Line {
  readonly start: number;
  readonly end: number;
  readonly value: unknown;
}

/** Lines with their byte offsets; what is left after the last newline counts as a broken line. */
function* linesOf(bytes: Buffer): Generator<Line> {
  for (let start = 0; start < bytes.length;) {
    const at = bytes.indexOf(newline, start);
    const end = at < 0 ? bytes.length : at + 1;
    yield { start, end, value: at < 0 ? undefined : decodeLine(bytes.toString('utf8', start, at)) };
    start = end;
  }
}

/** Reads all records; returns the length of the sound part. */
function readRecords(bytes: Buffer, recover: (record: JournalRecord) => void): number {
  let soundBytes = 0;
  let brokenAt: number | undefined;
  for (const line of linesOf(bytes)) {
    if (line.value === undefined) {
      brokenAt ??= line.start;
      continue;
    }
    if (brokenAt !== undefined) {
      throw new JournalError(
        'corrupt',
        `${journalFileName} is damaged at byte ${String(brokenAt)}, with sound records after it. Restore the file from a backup.`,
      );
    }
    if (line.start === 0) {
      checkFormat(line.value);
    } else {
      recover(line.value as JournalRecord);
    }
    soundBytes = line.end;
  }
  return soundBytes;
}

function checkFormat(header: unknown): void {
  const format = (header as { format?: unknown }).format;
  if (typeof format !== 'number') {
    throw new JournalError(
      'corrupt',
      `${journalFileName} is damaged at byte 0: it does not name its format.`,
    );
  }
  if (format > journalFormat) {
    throw new JournalError(
      'newer-format',
      `${journalFileName} has format ${String(format)}; this version reads up to ${String(journalFormat)}. Use a newer version.`,
    );
  }
}

class FileJournal implements Journal {
  readonly #options: JournalOptions;
  #file: JournalFile;
  #sizeBytes: number;
  #compactAtBytes: number;
  #pending: string[] = [];
  #batch: Promise<void> | undefined;
  #flushing: Promise<void> | undefined;
  #failure: JournalError | undefined;

  constructor(options: JournalOptions, file: JournalFile, sizeBytes: number) {
    this.#options = options;
    this.#file = file;
    this.#sizeBytes = sizeBytes;
    this.#compactAtBytes = options.compactAfterBytes;
  }

  append(record: JournalRecord): Promise<void> {
    this.#pending.push(encodeLine(record));
    return this.flushed();
  }

  /** Waits for the running flush and then for the one that takes what is pending: shared by all who append meanwhile. */
  flushed(): Promise<void> {
    if (this.#failure !== undefined) {
      return Promise.reject(this.#failure);
    }
    if (this.#pending.length === 0) {
      return this.#flushing ?? Promise.resolve();
    }
    this.#batch ??= this.#flushNext(this.#flushing);
    return this.#batch;
  }

  async #flushNext(previous: Promise<void> | undefined): Promise<void> {
    await previous;
    const flush = this.#write(this.#pending);
    this.#pending = [];
    this.#batch = undefined;
    this.#flushing = flush;
    try {
      await flush;
    } finally {
      if (this.#flushing === flush) {
        this.#flushing = undefined;
      }
    }
  }

  async #write(lines: readonly string[]): Promise<void> {
    try {
      if (this.#sizeBytes > this.#compactAtBytes) {
        await this.#compact();
        return;
      }
      const bytes = Buffer.from(lines.join(''));
      await this.#file.append(bytes);
      await this.#file.sync();
      this.#sizeBytes += bytes.byteLength;
    } catch (error) {
      this.#failure = new JournalError(
        'write-failed',
        `Cannot write ${journalFileName}: ${describe(error)}`,
        {
          cause: error,
        },
      );
      throw this.#failure;
    }
  }

  /** The snapshot is taken at once and holds the effect of every line that was waiting, so those lines are not written. */
  async #compact(): Promise<void> {
    const next = await writeSnapshot(this.#options.files, [...this.#options.snapshot()]);
    const old = this.#file;
    this.#file = next.file;
    this.#sizeBytes = next.sizeBytes;
    this.#compactAtBytes = Math.max(this.#options.compactAfterBytes, 2 * next.sizeBytes);
    await old.close();
  }

  async close(): Promise<void> {
    try {
      await this.flushed();
    } finally {
      this.#failure ??= new JournalError('closed', `${journalFileName} is closed.`);
      await this.#file.close();
    }
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function writeSnapshot(
  files: JournalFiles,
  records: readonly JournalRecord[],
): Promise<{ readonly file: JournalFile; readonly sizeBytes: number }> {
  const lines = [encodeLine({ format: journalFormat }), ...records.map(encodeLine)];
  const bytes = Buffer.from(lines.join(''));
  const file = await files.open(nextFileName, true);
  try {
    await file.append(bytes);
    await file.sync();
    await files.replace(nextFileName, journalFileName);
  } catch (error) {
    await file.close();
    throw error;
  }
  return { file, sizeBytes: bytes.byteLength };
}

/** Recovers what is there and opens for appending. Rejects with `corrupt` or `newer-format`, changing nothing. */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const bytes = await options.files.read(journalFileName);
  if (bytes === undefined) {
    const fresh = await writeSnapshot(options.files, []);
    return new FileJournal(options, fresh.file, fresh.sizeBytes);
  }
  const soundBytes = readRecords(bytes, options.recover);
  if (soundBytes === 0) {
    throw new JournalError('corrupt', `${journalFileName} is damaged at byte 0: it holds no sound record.`);
  }
  const file = await options.files.open(journalFileName, false);
  if (soundBytes < bytes.length) {
    await file.truncate(soundBytes);
    await file.sync();
    options.onTornTail(soundBytes, bytes.length - soundBytes);
  }
  return new FileJournal(options, file, soundBytes);
}
