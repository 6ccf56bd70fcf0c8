import { setTimeout as sleep } from 'node:timers/promises';
import type { Readable } from 'node:stream';
import type { Extent } from './extents.js';
import { writeExtent } from './extents.js';
import type { CopyState, FileEntry } from './file-entry.js';
import type { Share } from './share.js';

const ZEROS = Buffer.alloc(64 * 1024);

/** A copy under way into a file. */
export interface Filling {
  readonly share: Share;
  /** Of the file. */
  readonly id: string;
  readonly copy: CopyState;
  /** How long the copy stays pending before the first byte. */
  readonly delayMs: number;
}

/**
 * Fills a file from the source of a copy and notes the end in it; stops when the copy was aborted or the share has gone. Never
 * rejects: a failure is a state of the copy.
 */
export async function fillFile(filling: Filling, body: Buffer | Readable): Promise<void> {
  const { copy, delayMs } = filling;
  try {
    await sleep(delayMs, undefined, { ref: false });
    const extents = await pour(filling, body);
    const copiedBytes = copy.totalBytes;
    end(filling, { ...copy, status: 'success', copiedBytes, completedMs: Date.now() }, extents);
  } catch {
    const description = '500 InternalError "Copy failed."';
    end(filling, { ...copy, status: 'failed', description, completedMs: Date.now() }, []);
  } finally {
    if (!Buffer.isBuffer(body)) body.destroy();
  }
}

/** Ends a pending copy: the file is empty then. */
export function abortCopy(share: Share, file: FileEntry, copy: CopyState): void {
  const aborted: CopyState = { ...copy, status: 'aborted', completedMs: Date.now() };
  share.commit({
    op: 'put',
    entry: { ...file, lengthBytes: 0, extents: [], copy: aborted, ...share.stamp() },
  });
}

async function pour(filling: Filling, body: Buffer | Readable): Promise<readonly Extent[]> {
  const { share, id, copy } = filling;
  let extents: readonly Extent[] = [];
  let start = 0;
  for await (const chunk of Buffer.isBuffer(body) ? [body] : (body as AsyncIterable<Buffer>)) {
    if (pendingFile(filling) === undefined) return extents;
    const end = start + chunk.length;
    if (!isZeros(chunk)) {
      const extent = { start, end, generation: share.generation };
      share.content.write(id, extent, chunk);
      extents = writeExtent(extents, extent);
    }
    start = end;
  }
  if (start !== copy.totalBytes) throw new Error('The source ended early');
  return extents;
}

function isZeros(chunk: Buffer): boolean {
  return chunk.length <= ZEROS.length && chunk.equals(ZEROS.subarray(0, chunk.length));
}

function pendingFile({ share, id, copy }: Filling): FileEntry | undefined {
  const entry = share.isClosed ? undefined : share.tree.get(id);
  const isPending = entry?.kind === 'file' && entry.copy?.id === copy.id && entry.copy.status === 'pending';
  return isPending ? entry : undefined;
}

function end(filling: Filling, copy: CopyState, extents: readonly Extent[]): void {
  const file = pendingFile(filling);
  if (file === undefined) return;
  filling.share.commit({ op: 'put', entry: { ...file, copy, extents, ...filling.share.stamp() } });
}
