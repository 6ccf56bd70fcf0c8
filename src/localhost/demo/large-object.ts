import { createHash, randomFillSync } from 'node:crypto';

/** Name of the one large object. */
export const largeName = 'large/one large object.bin';

/** Size of its blocks. */
export const largeBlockBytes = 8 * 1024 * 1024;

export interface LargeContent {
  /** The n-th block, freshly made; the same bytes every time. */
  block(index: number): Buffer;
  /** MD5 of so many blocks. */
  md5(blocks: number): Buffer;
}

/** Random bytes that cannot be compressed or mixed up: each block begins with its own index. */
export function createLargeContent(): LargeContent {
  const noise = randomFillSync(Buffer.alloc(largeBlockBytes));
  const block = (index: number): Buffer => {
    const copy = Buffer.from(noise);
    for (let offset = 0; offset < copy.length; offset += 64 * 1024) {
      copy.writeUInt32LE(index + 1, offset);
    }
    return copy;
  };
  return {
    block,
    md5: (blocks) => {
      const hash = createHash('md5');
      for (let index = 0; index < blocks; index += 1) {
        hash.update(block(index));
      }
      return hash.digest();
    },
  };
}
