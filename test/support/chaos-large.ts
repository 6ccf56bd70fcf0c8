import type { DemoContainer } from '../../src/localhost/demo/account.js';

const mebibyte = 2 ** 20;
const pieceBytes = 64 * mebibyte;
/** What tells itself apart, and what chaos runs copy as one block. */
export const labelledBytes = 4 * mebibyte;
const labelsInPiece = pieceBytes / labelledBytes;

/** An object with something to tell in every 4 MiB of it. */
export interface LabelledObject {
  readonly name: string;
  /** 4 MiB each, a multiple of 16. */
  readonly blocks: number;
}

/** Two that the slice which meets them stages by itself, and one whose blocks are work for all lanes. */
export const largeObjects: readonly LabelledObject[] = [
  { name: 'large/320 MiB', blocks: 80 },
  { name: 'large/384 MiB', blocks: 96 },
  { name: 'large/1,088 MiB', blocks: 272 },
];

function label(text: string): string {
  return `${text} `.padEnd(32);
}

/** Uploads an object of which every 4 MiB differ. */
export async function stageLarge(container: DemoContainer, { name, blocks }: LabelledObject): Promise<void> {
  const piece = Buffer.alloc(pieceBytes);
  const ids: string[] = [];
  for (let index = 0; index < blocks / labelsInPiece; index += 1) {
    for (let at = 0; at < pieceBytes; at += labelledBytes) {
      piece.fill(
        label(`${name} ${String(index * labelsInPiece + at / labelledBytes)}`),
        at,
        at + labelledBytes,
      );
    }
    const id = Buffer.from(String(index).padStart(6, '0')).toString('base64');
    await container.blob(name).stageBlock(id, piece, pieceBytes);
    ids.push(id);
  }
  await container.blob(name).commitBlockList(ids);
}

/** Stretches of 4 MiB that are not what {@link stageLarge} put there, by their first and last bytes. */
export async function wrongStretches(
  container: DemoContainer,
  { name, blocks }: LabelledObject,
): Promise<readonly number[]> {
  const wrong: number[] = [];
  for (let index = 0; index < blocks; index += 1) {
    const from = index * labelledBytes;
    const [first, last] = await Promise.all(
      [from, from + labelledBytes - 32].map((offset) => container.blob(name).downloadToBuffer(offset, 32)),
    );
    const told = label(`${name} ${String(index)}`);
    if (first?.toString() !== told || last?.toString() !== told) wrong.push(index);
  }
  return wrong;
}
