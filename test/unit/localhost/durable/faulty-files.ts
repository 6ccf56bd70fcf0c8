import type { JournalFiles } from '../../../../src/localhost/durable/journal-files.js';

export interface FaultyFiles {
  readonly files: JournalFiles;
  readonly state: { syncs: number; isFull: boolean };
}

/** Counts syncs, and once told so fails appends as a full disk does: after half of the bytes. */
export function faulty(files: JournalFiles): FaultyFiles {
  const state = { syncs: 0, isFull: false };
  return {
    state,
    files: {
      ...files,
      open: async (name, fresh) => {
        const file = await files.open(name, fresh);
        return {
          ...file,
          append: async (bytes) => {
            if (state.isFull) {
              await file.append(bytes.subarray(0, bytes.byteLength / 2));
              throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
            }
            await file.append(bytes);
          },
          sync: async () => {
            state.syncs += 1;
            await file.sync();
          },
        };
      },
    },
  };
}
