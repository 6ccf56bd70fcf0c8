import { createHash } from 'node:crypto';

const idLength = 10;
const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
const writePattern = new RegExp(
  `^tranship\\.via\\.([a-z2-7]{${String(idLength)}}(?:-[a-z2-7]{${String(idLength)}})*)(?:\\.|$)`,
);
const jobPattern = new RegExp(`^tranship\\.rep([a-z2-7]{${String(idLength)}})[a-z2-7]{20}(?:\\.|$)`);

function digest(parts: readonly string[], length: number): string {
  const bytes = createHash('sha256').update(JSON.stringify(parts)).digest();
  return Array.from(bytes.subarray(0, length), (byte) => alphabet.charAt(byte & 31)).join('');
}

/**
 * Short id of a rule: the same for the same name in the same app (`home`, its state container's URL), and another one in
 * any other app. Ten letters and digits.
 */
export function ruleId(home: string, name: string): string {
  return digest([home, name], idLength);
}

/**
 * Id of a job that a rule starts, the same for the same `parts`. It names its rule, so that events of the job's writes are
 * known as the rule's.
 */
export function replicationJobId(rule: string, parts: readonly string[]): string {
  return `rep${rule}${digest(parts, 20)}`;
}

/** What begins the client request ids of a rule's own writes, after the rules that the change has passed before. */
export function requestIdOf(passed: readonly string[], rule: string): string {
  return `tranship.via.${[...passed, rule].join('-')}`;
}

/** Ids of the rules that a change has passed, oldest first; empty when it is nobody's but the user's. */
export function rulesPassed(clientRequestId: string | undefined): readonly string[] {
  const [, ids] = writePattern.exec(clientRequestId ?? '') ?? [];
  if (ids !== undefined) return ids.split('-');
  const [, byJob] = jobPattern.exec(clientRequestId ?? '') ?? [];
  return byJob === undefined ? [] : [byJob];
}
