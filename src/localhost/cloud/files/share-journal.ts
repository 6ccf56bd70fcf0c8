import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { ShareChange } from './share-change.js';

/** The changes of one share on disk, one JSON line each. */
export interface ShareJournal {
  /** Returns when the line is with the operating system: the death of this process does not lose it. */
  append(change: ShareChange): void;
  close(): void;
}

/** The kept changes of a share. A last line that a crash has cut short was never acknowledged, and is left out. */
export function readChanges(directory: string): ShareChange[] {
  const file = journalFile(directory);
  if (!existsSync(file)) return [];
  const text = readFileSync(file, 'utf8');
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as ShareChange);
}

/** Writes the journal anew with these changes, in one step, and opens it for more. */
export function rewriteJournal(directory: string, changes: Iterable<ShareChange>): ShareJournal {
  const file = journalFile(directory);
  const draft = openSync(`${file}.draft`, 'w', 0o600);
  let buffered = '';
  for (const change of changes) {
    buffered += `${JSON.stringify(change)}\n`;
    if (buffered.length > 1_000_000) {
      writeSync(draft, buffered);
      buffered = '';
    }
  }
  writeSync(draft, buffered);
  fsyncSync(draft);
  renameSync(`${file}.draft`, file);
  return {
    append: (change) => {
      writeSync(draft, `${JSON.stringify(change)}\n`);
    },
    close: () => {
      closeSync(draft);
    },
  };
}

function journalFile(directory: string): string {
  return join(directory, 'share.ndjson');
}
