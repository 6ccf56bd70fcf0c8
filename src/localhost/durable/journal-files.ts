import { open, mkdir, readFile, rename } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/** An open file that only grows, except when a torn tail is cut off. */
export interface JournalFile {
  /** Writes at the end. May fail half-way. */
  append(bytes: Uint8Array): Promise<void>;
  /** Resolves when everything appended is on the disk. */
  sync(): Promise<void>;
  truncate(sizeBytes: number): Promise<void>;
  close(): Promise<void>;
}

/** What the journal needs of a folder: the place where tests inject a full disk. */
export interface JournalFiles {
  /** The whole file, or undefined when there is none. */
  read(name: string): Promise<Buffer | undefined>;
  /** Opens for appending, creating it; `fresh` empties it first. */
  open(name: string, fresh: boolean): Promise<JournalFile>;
  /** Replaces `to` atomically and makes the replacement durable. */
  replace(from: string, to: string): Promise<void>;
}

function journalFile(handle: FileHandle): JournalFile {
  return {
    append: async (bytes) => {
      for (let written = 0; written < bytes.byteLength;) {
        const { bytesWritten } = await handle.write(bytes, written);
        written += bytesWritten;
      }
    },
    sync: () => handle.datasync(),
    truncate: (sizeBytes) => handle.truncate(sizeBytes),
    close: () => handle.close(),
  };
}

function isCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

/** Without it a crash may undo a rename or lose a new file's name. Windows cannot open folders and needs no such call. */
async function syncDirectory(directory: string): Promise<void> {
  let handle: FileHandle;
  try {
    handle = await open(directory, 'r');
  } catch (error) {
    if (isCode(error, 'EISDIR', 'EPERM', 'EACCES') && process.platform === 'win32') {
      return;
    }
    throw error;
  }
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The files of a folder on a local disk; makes the folder if it is missing. */
export async function openJournalFolder(directory: string): Promise<JournalFiles> {
  await mkdir(directory, { recursive: true });
  return {
    read: async (name) => {
      try {
        return await readFile(join(directory, name));
      } catch (error) {
        if (isCode(error, 'ENOENT')) {
          return undefined;
        }
        throw error;
      }
    },
    open: async (name, fresh) => {
      const file = journalFile(await open(join(directory, name), fresh ? 'w' : 'a'));
      await syncDirectory(directory);
      return file;
    },
    replace: async (from, to) => {
      await rename(join(directory, from), join(directory, to));
      await syncDirectory(directory);
    },
  };
}
