import { createHash } from 'node:crypto';

/** What a token may hold: where to go on. */
export type ContinuationValue = readonly (string | number)[];

const digestLength = 8;

/**
 * An opaque token for `purpose` (what is paged, and under which filter). It guards against typing errors and against
 * use under another filter; it is no protection against forgery, so whoever decodes one still checks what it says.
 */
export function encodeContinuation(purpose: string, value: ContinuationValue): string {
  const payload = JSON.stringify(value);
  return Buffer.from(digestOf(purpose, payload) + payload, 'utf8').toString('base64url');
}

/** The value of a token made for the same purpose, or undefined for anything else. */
export function decodeContinuation(purpose: string, token: string): ContinuationValue | undefined {
  const text = Buffer.from(token, 'base64url').toString('utf8');
  if (Buffer.from(text, 'utf8').toString('base64url') !== token) return undefined;
  const payload = text.slice(digestLength);
  return text.slice(0, digestLength) === digestOf(purpose, payload)
    ? (JSON.parse(payload) as ContinuationValue)
    : undefined;
}

function digestOf(purpose: string, payload: string): string {
  return createHash('sha256').update(`${purpose}\n${payload}`).digest('hex').slice(0, digestLength);
}
