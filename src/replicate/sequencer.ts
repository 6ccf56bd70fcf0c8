const hexadecimal = /^[0-9a-f]+$/i;

/**
 * Compares two sequencers of the same blob: negative when `left` is the older event, 0 when they are the same event.
 * Sequencers are hexadecimal and come in different lengths, which comparing them as text would misorder (Event Grid
 * schema of Blob Storage). Undefined when either is no sequencer: then nothing is known about their order. Pure.
 */
export function compareSequencers(left: string | undefined, right: string | undefined): number | undefined {
  if (left === undefined || right === undefined) return undefined;
  if (!hexadecimal.test(left) || !hexadecimal.test(right)) return undefined;
  const length = Math.max(left.length, right.length);
  const [a, b] = [left, right].map((text) => text.toLowerCase().padStart(length, '0')) as [string, string];
  return a < b ? -1 : a > b ? 1 : 0;
}
