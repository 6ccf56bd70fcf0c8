import { createHash } from 'node:crypto';

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
const pattern = /^[a-z0-9]{8,40}$/;

/** True for what may be a job id: safe in blob names, URLs and instance ids. */
export function isJobId(text: string): boolean {
  return pattern.test(text);
}

/** The job id of an Idempotency-Key: the same key is always the same job. */
export function jobIdForKey(key: string): string {
  return jobIdFromBytes(createHash('sha256').update(key, 'utf8').digest());
}

/** A job id from at least 16 random bytes; 125 of their bits are used. */
export function jobIdFromBytes(bytes: Uint8Array): string {
  if (bytes.length < 16) throw new RangeError('a job id takes at least 16 bytes');
  let bits = 0;
  let held = 0;
  let id = 'j';
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5 && id.length < 26) {
      bits -= 5;
      id += alphabet.charAt((held >> bits) & 31);
    }
    held &= (1 << bits) - 1;
  }
  return id;
}

/**
 * The id of the job that a policy starts for one `occasion`: a due time, or a caller's key. No Idempotency-Key gives
 * the same id, since none holds a control character.
 */
export function jobIdForPolicy(
  policy: { readonly name: string; readonly createdAt: string },
  occasion: string,
): string {
  return jobIdForKey(['policy', policy.name, policy.createdAt, occasion].join('\0'));
}
