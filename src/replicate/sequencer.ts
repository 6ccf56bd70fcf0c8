const hexadecimal = /^[0-9a-f]+$/i;

/**
 * Compares two sequencers of the same blob: negative when `left` is the older event, 0 when they are the same event.
 * Sequencers are compared as text (Event Grid schema of Blob Storage), but come in different lengths, and nothing says how
 * those of different lengths are ordered: a guess could take a new event for an old one. Undefined when the lengths differ
 * or either is no sequencer: then nothing is known about their order. Pure.
 */
export function compareSequencers(left: string | undefined, right: string | undefined): number | undefined {
  if (left === undefined || right === undefined) return undefined;
  if (left.length !== right.length) return undefined;
  if (!hexadecimal.test(left) || !hexadecimal.test(right)) return undefined;
  const [a, b] = [left.toLowerCase(), right.toLowerCase()];
  return a < b ? -1 : a > b ? 1 : 0;
}
