/** Requests in flight that one lane may have, however few lanes there are. */
const mostInFlight = 64;
/** Requests in flight that all lanes together begin a slice with: four each, or up to 16 when there are few lanes. */
const startInFlight = { together: 32, least: 4, most: 16 };

/**
 * A lane's share of the requests in flight: what it starts with and the most it may have. One large object must not wait
 * for its own blocks to widen the window. Pure.
 */
export function paceOf(maxInFlight: number, lanes: number): { readonly start: number; readonly max: number } {
  const { together, least, most } = startInFlight;
  const max = Math.min(Math.max(1, Math.floor(maxInFlight / lanes)), mostInFlight);
  return { start: Math.min(most, Math.max(least, Math.floor(together / lanes))), max };
}
