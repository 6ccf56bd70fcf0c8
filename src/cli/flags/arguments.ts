import { badInput } from '../exit-codes.js';
import { refusedFlags } from './refused-flags.js';

/** Flags whose value may be left out; they then mean `true`, and a value needs `=`, as in AzCopy. */
const booleanFlags = new Set([
  '--recursive',
  '--as-subdir',
  '--dry-run',
  '--approve',
  '--s2s-preserve-access-tier',
  '--s2s-preserve-properties',
  '--s2s-preserve-blob-tags',
  '--preserve-metadata',
  '--delete-destination',
  '--mirror-mode',
  '--create-containers',
  '--allow-overlap',
  '--wait',
  '--once',
  '--restart',
  '--strict',
]);

/**
 * The arguments with every boolean flag written as `--flag=value`, so that `--recursive SRC` does not take SRC for its
 * value. Refuses flags that AzCopy has and that have no meaning here.
 */
export function normalizeArguments(words: readonly string[]): string[] {
  const end = words.indexOf('--');
  const flags = end === -1 ? words : words.slice(0, end);
  const rest = end === -1 ? [] : words.slice(end);
  return [...flags.map(normalizeFlag), ...rest];
}

function normalizeFlag(word: string): string {
  const name = word.split('=', 1)[0] ?? word;
  const why = refusedFlags[name];
  if (why !== undefined) {
    throw badInput(`${name} is a flag of AzCopy that Tranship does not take.`, why);
  }
  if (word === '--no-wait') {
    return '--wait=false';
  }
  return booleanFlags.has(word) ? `${word}=true` : word;
}
