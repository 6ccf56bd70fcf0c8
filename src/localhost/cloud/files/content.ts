import {
  closeSync,
  constants,
  createReadStream,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Extent, Span } from './extents.js';
import { extentsWithin } from './extents.js';
import type { Entry, FileEntry } from './file-entry.js';

const ZEROS = Buffer.alloc(64 * 1024);

/**
 * The bytes of the files of one share: for each file one sparse file per generation, each byte at its own offset. What lies
 * outside the extents of a file is never read.
 */
export class ShareContent {
  readonly #directory: string;

  constructor(shareDirectory: string) {
    this.#directory = join(shareDirectory, 'content');
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
  }

  /** Writes at once, so that no snapshot can come between. */
  write(fileId: string, { start, generation }: Extent, bytes: Buffer): void {
    const target = openSync(this.#path(fileId, generation), constants.O_RDWR | constants.O_CREAT, 0o600);
    try {
      for (let done = 0; done < bytes.length;) {
        done += writeSync(target, bytes, done, bytes.length - done, start + done);
      }
    } finally {
      closeSync(target);
    }
  }

  /** A range of a file; what was never written or was cleared reads as zeros. */
  read(entry: FileEntry, span: Span): Readable {
    return Readable.from(this.#pieces(entry, span), { objectMode: false });
  }

  /** Deletes what the extents of a file that has gone lie in, but for what `kept` (the file in snapshots) needs. */
  release(entry: Entry, kept: readonly Entry[]): void {
    const used = usedBy(kept);
    for (const name of usedBy([entry]))
      if (!used.has(name)) rmSync(join(this.#directory, name), { force: true });
  }

  /** Deletes the content that no tree of the share holds any more. */
  sweep(trees: readonly Iterable<Entry>[]): void {
    const used = new Set<string>();
    for (const tree of trees) for (const name of usedBy(tree)) used.add(name);
    for (const name of readdirSync(this.#directory)) {
      if (!used.has(name)) rmSync(join(this.#directory, name), { force: true });
    }
  }

  async *#pieces(entry: FileEntry, { start, end }: Span): AsyncGenerator<Buffer> {
    let at = start;
    for (const extent of extentsWithin(entry.extents, { start, end })) {
      yield* zeros(extent.start - at);
      yield* createReadStream(this.#path(entry.id, extent.generation), {
        start: extent.start,
        end: extent.end - 1,
        highWaterMark: 256 * 1024,
      }) as AsyncIterable<Buffer>;
      at = extent.end;
    }
    yield* zeros(end - at);
  }

  #path(fileId: string, generation: number): string {
    return join(this.#directory, contentName(fileId, generation));
  }
}

function contentName(fileId: string, generation: number): string {
  return `${fileId}-${String(generation)}`;
}

function usedBy(entries: Iterable<Entry>): Set<string> {
  const names = new Set<string>();
  for (const entry of entries) {
    if (entry.kind === 'file')
      for (const { generation } of entry.extents) names.add(contentName(entry.id, generation));
  }
  return names;
}

function* zeros(count: number): Generator<Buffer> {
  for (let left = count; left > 0; left -= ZEROS.length) {
    yield left >= ZEROS.length ? ZEROS : ZEROS.subarray(0, left);
  }
}
