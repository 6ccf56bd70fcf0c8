import { createHash, randomFillSync } from 'node:crypto';

const mebibyte = 1024 * 1024;

/** The one large object: blocks that all differ, made up as they are needed. */
export const largeObject = {
  name: 'large/one object of 400 MiB.bin',
  sizeBytes: 400 * mebibyte,
  blockBytes: 8 * mebibyte,
  blocks: 50,
} as const;

export interface LargeContent {
  /** The n-th block, freshly made; the same bytes every time. */
  block(index: number): Buffer;
  /** MD5 of the whole content. */
  md5(): Buffer;
}

/** Random bytes that cannot be compressed or mixed up: each block begins with its own index. */
export function createLargeContent(): LargeContent {
  const noise = randomFillSync(Buffer.alloc(largeObject.blockBytes));
  const block = (index: number): Buffer => {
    const copy = Buffer.from(noise);
    for (let offset = 0; offset < copy.length; offset += 64 * 1024) {
      copy.writeUInt32LE(index + 1, offset);
    }
    return copy;
  };
  return {
    block,
    md5: () => {
      const hash = createHash('md5');
      for (let index = 0; index < largeObject.blocks; index += 1) {
        hash.update(block(index));
      }
      return hash.digest();
    },
  };
}
