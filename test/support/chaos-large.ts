import type { DemoContainer } from '../../src/localhost/demo/account.js';

const mebibyte = 2 ** 20;
const pieceBytes = 64 * mebibyte;
const pieces = 17;
const labelledBytes = 4 * mebibyte;

/** Blocks of 4 MiB that an object of {@link stageLarge} is copied in. */
export const largeBlocks = (pieces * pieceBytes) / labelledBytes;

function label(index: number): string {
  return `stretch ${String(index)} `.padEnd(32);
}

/** An object of 1,088 MiB, large enough for its blocks to be work for all lanes; every 4 MiB of it differ. */
export async function stageLarge(container: DemoContainer, name: string): Promise<void> {
  const piece = Buffer.alloc(pieceBytes);
  const ids: string[] = [];
  for (let index = 0; index < pieces; index += 1) {
    for (let at = 0; at < pieceBytes; at += labelledBytes) {
      piece.fill(label((index * pieceBytes + at) / labelledBytes), at, at + labelledBytes);
    }
    const id = Buffer.from(String(index).padStart(6, '0')).toString('base64');
    await container.blob(name).stageBlock(id, piece, pieceBytes);
    ids.push(id);
  }
  await container.blob(name).commitBlockList(ids);
}

/** Stretches of 4 MiB that are not what {@link stageLarge} put there, by their first and last bytes. */
export async function wrongStretches(container: DemoContainer, name: string): Promise<readonly number[]> {
  const wrong: number[] = [];
  for (let index = 0; index < largeBlocks; index += 1) {
    const from = index * labelledBytes;
    const [first, last] = await Promise.all(
      [from, from + labelledBytes - 32].map((offset) => container.blob(name).downloadToBuffer(offset, 32)),
    );
    if (first?.toString() !== label(index) || last?.toString() !== label(index)) wrong.push(index);
  }
  return wrong;
}
