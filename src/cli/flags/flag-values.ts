import { badInput } from '../exit-codes.js';

/** `true` or `false`, also in capitals, as AzCopy takes them. */
export function parseBoolean(flag: string, value: string): boolean {
  const word = value.toLowerCase();
  if (word !== 'true' && word !== 'false') {
    throw badInput(`${flag} takes true or false, not "${value}".`);
  }
  return word === 'true';
}

/** Values separated by `;`, empty ones dropped. */
export function parseList(flag: string, value: string): string[] {
  const values = value.split(';').filter((entry) => entry !== '');
  if (values.length === 0) {
    throw badInput(`${flag} needs at least one value; several are separated by ";".`);
  }
  return values;
}

/** `key=value` pairs separated by `;`. The value may hold `=`. */
export function parsePairs(flag: string, value: string): Record<string, string> {
  const pairs: [string, string][] = parseList(flag, value).map((entry) => {
    const equals = entry.indexOf('=');
    if (equals < 1) {
      throw badInput(`${flag} takes key=value pairs separated by ";"; "${entry}" is none.`);
    }
    return [entry.slice(0, equals), entry.slice(equals + 1)];
  });
  return Object.fromEntries(pairs);
}

/** A whole number of at least `least`. */
export function parseWhole(flag: string, value: string, least: number): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(number) || number < least) {
    throw badInput(`${flag} takes a whole number of at least ${String(least)}, not "${value}".`);
  }
  return number;
}

/** MiB, fractions allowed, as AzCopy's `--block-size-mb`; the result is a whole number of bytes. */
export function parseMebibytes(flag: string, value: string): number {
  const sizeBytes = Number(value) * 1024 * 1024;
  if (!/^\d+(\.\d+)?$/.test(value) || !Number.isSafeInteger(sizeBytes) || sizeBytes < 1) {
    throw badInput(`${flag} takes a size in MiB that is a whole number of bytes, not "${value}".`);
  }
  return sizeBytes;
}

const sizeFactors: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  K: 1024,
  M: 1024 ** 2,
  G: 1024 ** 3,
  T: 1024 ** 4,
};

/** Bytes, or a number with `K`, `M`, `G`, `T` (also `KiB`, ...), each 1,024 of the one before. */
export function parseSize(flag: string, value: string): number {
  const match = /^(\d+(?:\.\d+)?) ?(?:([KMGT])(?:iB)?|B)?$/i.exec(value);
  const sizeBytes = Number(match?.[1]) * (sizeFactors[(match?.[2] ?? '').toUpperCase()] ?? Number.NaN);
  if (match === null || !Number.isSafeInteger(sizeBytes)) {
    throw badInput(`${flag} takes a size such as 4096, 64KiB or 1.5GiB, not "${value}".`);
  }
  return sizeBytes;
}

/** ISO 8601; without a zone it is local time, as AzCopy reads it. The result is UTC. */
export function parseTime(flag: string, value: string): string {
  const match = /^\d{4}-\d{2}-\d{2}(T\d{2}(:\d{2}(:\d{2}(\.\d+)?)?)?)?(Z|[+-]\d{2}:\d{2})?$/.exec(value);
  const zone = match?.[5] ?? '';
  const text = zone === '' ? value : value.slice(0, -zone.length);
  // A date alone would be read as UTC, and hours alone not at all.
  const complete = text.includes('T') ? `${text}${text.includes(':') ? '' : ':00'}` : `${text}T00:00:00`;
  const time = match === null ? Number.NaN : Date.parse(`${complete}${zone}`);
  if (Number.isNaN(time)) {
    throw badInput(`${flag} takes an ISO 8601 time such as 2026-11-22T08:00:00Z, not "${value}".`);
  }
  return new Date(time).toISOString();
}

/** One of `words`, whatever its case; returns the mapped value. */
export function parseWord<T>(flag: string, value: string, words: Readonly<Record<string, T>>): T {
  for (const [word, meaning] of Object.entries(words)) {
    if (word.toLowerCase() === value.toLowerCase()) {
      return meaning;
    }
  }
  throw badInput(`${flag} takes ${Object.keys(words).join(', ')}, not "${value}".`);
}
