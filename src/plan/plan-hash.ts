import { createHash } from 'node:crypto';

/**
 * What an approval is for: a hex SHA-256 over the hashes of all segments in the order of the plan. Another order,
 * another segment, one more or one less give another hash.
 */
export function planHash(segmentHashes: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(segmentHashes)).digest('hex');
}
