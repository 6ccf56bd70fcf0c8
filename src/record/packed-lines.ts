import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** Compressed lines, with the hash of what they hold. */
export interface PackedLines {
  readonly body: Buffer;
  /** sha256 of the uncompressed text, hex: the same for equal lines whatever the compressor does. */
  readonly hash: string;
  readonly count: number;
}

/** One JSON text a line, compressed. */
export async function packLines(values: Iterable<unknown>): Promise<PackedLines> {
  const lines: string[] = [];
  for (const value of values) lines.push(JSON.stringify(value));
  const text = lines.map((line) => `${line}\n`).join('');
  return {
    body: await compress(text),
    hash: createHash('sha256').update(text).digest('hex'),
    count: lines.length,
  };
}

/** What {@link packLines} packed. The caller trusts the shape: only this program writes these blobs. */
export async function unpackLines(body: Buffer): Promise<readonly unknown[]> {
  const text = (await decompress(body)).toString('utf8');
  // Only '\n' ends a line: JSON leaves U+2028 and its like as they are inside a name.
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}
