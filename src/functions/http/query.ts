import type { HttpRequest } from '@azure/functions';
import { Problem } from './problem.js';

/**
 * The query's parameters. Throws `Problem` `invalid-request` for one that is not allowed or is given twice: a misspelt
 * filter must not become none. `code`, the function key, is the host's.
 */
export function readQuery<Name extends string>(
  request: HttpRequest,
  allowed: readonly Name[],
): Readonly<Partial<Record<Name, string>>> {
  const values: Partial<Record<Name, string>> = {};
  for (const name of new Set(request.query.keys())) {
    if (name === 'code' || name === 'clientId') continue;
    const known = allowed.find((candidate) => candidate === name);
    const all = request.query.getAll(name);
    if (known === undefined || all.length > 1) {
      throw invalidQuery(
        name.slice(0, 100),
        known === undefined ? 'there is no such parameter' : 'the parameter is given more than once',
        `The parameters are: ${allowed.join(', ') || 'none'}.`,
      );
    }
    const [value] = all;
    if (value !== undefined && value !== '') values[known] = value;
  }
  return values;
}

/** A whole number within bounds. Throws `Problem` `invalid-request`. */
export function readCount(
  name: string,
  text: string | undefined,
  bounds: { readonly fallback: number; readonly max: number },
): number {
  if (text === undefined) return bounds.fallback;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= bounds.max) return value;
  throw invalidQuery(
    name,
    'the value is no whole number in bounds',
    `Give a number from 1 to ${String(bounds.max)}.`,
  );
}

/** The refusal of a parameter. */
export function invalidQuery(field: string, detail: string, advice: string): Problem {
  return new Problem('invalid-request', { field, detail, advice });
}

/** The refusal of a continuation token. */
export function invalidContinuation(): Problem {
  return new Problem('invalid-continuation', {
    field: 'continuation',
    detail: 'the token does not belong to this list and filter',
    advice: 'Follow the links as they are given, or begin again without continuation.',
  });
}

/** A link to another page of the same list. */
export function pageLink(path: string, query: Readonly<Record<string, string | undefined>>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, value);
  return `${path}?${search.toString()}`;
}

/** The caller's Idempotency-Key, or undefined. Throws `Problem` `invalid-request`. */
export function readIdempotencyKey(request: HttpRequest): string | undefined {
  const key = request.headers.get('idempotency-key');
  if (key === null) return undefined;
  if (/^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/.test(key)) return key;
  throw invalidQuery(
    'Idempotency-Key',
    'the key is empty, too long, or holds characters that a header should not',
    'Use 1 to 255 printable ASCII characters.',
  );
}
