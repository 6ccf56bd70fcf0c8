import type { Instance } from './instance.js';

/** Which instances a query or a purge means. Times are milliseconds since the epoch. */
export interface InstanceFilter {
  readonly createdFromMs: number | undefined;
  readonly createdToMs: number | undefined;
  /** Lower case; empty means every status. */
  readonly statuses: readonly string[];
  readonly idPrefix: string;
}

/** Reads the filter of a query string; undefined when a time cannot be read. */
export function readFilter(query: URLSearchParams): InstanceFilter | undefined {
  const time = (name: string): number | undefined => {
    const text = query.get(name);
    return text === null || text === '' ? undefined : Date.parse(text);
  };
  const createdFromMs = time('createdTimeFrom');
  const createdToMs = time('createdTimeTo');
  if (Number.isNaN(createdFromMs) || Number.isNaN(createdToMs)) {
    return undefined;
  }
  const statuses = (query.get('runtimeStatus') ?? '')
    .split(',')
    .map((status) => status.trim().toLowerCase())
    .filter((status) => status !== '');
  return { createdFromMs, createdToMs, statuses, idPrefix: query.get('instanceIdPrefix') ?? '' };
}

/** True when the filter means the instance. */
export function matchesFilter(instance: Instance, filter: InstanceFilter): boolean {
  const { id, status, createdAtMs } = instance.fields;
  return (
    id.startsWith(filter.idPrefix) &&
    createdAtMs >= (filter.createdFromMs ?? Number.NEGATIVE_INFINITY) &&
    createdAtMs <= (filter.createdToMs ?? Number.POSITIVE_INFINITY) &&
    (filter.statuses.length === 0 || filter.statuses.includes(status.toLowerCase()))
  );
}

/** A page of matching instances by ascending id. `next` is the token of the following page, empty on the last. */
export function pageOf(
  instances: readonly Instance[],
  filter: InstanceFilter,
  top: number,
  token: string,
): { readonly page: readonly Instance[]; readonly next: string } {
  const after = Buffer.from(token, 'base64url').toString('utf8');
  const matching = instances
    .filter((instance) => matchesFilter(instance, filter) && (token === '' || instance.fields.id > after))
    .sort((a, b) => (a.fields.id < b.fields.id ? -1 : 1));
  const page = matching.slice(0, top);
  const last = page.at(-1);
  const next =
    last === undefined || matching.length <= top ? '' : Buffer.from(last.fields.id).toString('base64url');
  return { page, next };
}
