import { badInput } from '../exit-codes.js';
import { transferFlags } from './flags.js';
import { refusedFlags } from './refused-flags.js';

/** Flags whose value may be left out; they then mean `true`, as in AzCopy. */
const booleanFlags: ReadonlySet<string> = new Set([
  ...[...transferFlags('copy'), ...transferFlags('sync')].flatMap(
    ({ usage }) => /^(\S+) <bool>$/.exec(usage)?.[1] ?? [],
  ),
  '--wait',
  '--once',
  '--restart',
  '--strict',
]);

/**
 * The arguments with every boolean flag written as `--flag=value`, so that `--recursive SRC` does not take SRC for its
 * value; `true` or `false` as the next word is its value. Refuses flags that AzCopy has and that have no meaning here.
 */
export function normalizeArguments(words: readonly string[]): string[] {
  const end = words.indexOf('--');
  const flags = end === -1 ? words : words.slice(0, end);
  const rest = end === -1 ? [] : words.slice(end);
  const valueAt = (at: number): string | undefined =>
    booleanFlags.has(flags[at - 1] ?? '') && /^(true|false)$/i.test(flags[at] ?? '') ? flags[at] : undefined;
  const written = flags.flatMap((word, at) =>
    valueAt(at) === undefined ? [normalizeFlag(word, valueAt(at + 1) ?? 'true')] : [],
  );
  return [...written, ...rest];
}

/** `value`: that of a boolean flag that has none behind "=". */
function normalizeFlag(word: string, value: string): string {
  const name = word.split('=', 1)[0] ?? word;
  const why = refusedFlags[name];
  if (why !== undefined) {
    throw badInput(`${name} is a flag of AzCopy that Tranship does not take.`, why);
  }
  if (word === '--no-wait') {
    return '--wait=false';
  }
  return booleanFlags.has(word) ? `${word}=${value}` : word;
}
