import type { ServiceName } from './exchange.js';

/** One request as the cloud saw it. Times are milliseconds since the epoch. No query, no credential is kept. */
export interface JournalEntry {
  readonly seq: number;
  readonly timeMs: number;
  readonly service: ServiceName;
  readonly account: string;
  readonly method: string;
  /** Without query, as received. */
  readonly path: string;
  readonly operation: string;
  readonly container?: string;
  /** Decoded name. */
  readonly blob?: string;
  /** The cloud's own read of a copy source, not client traffic. */
  readonly internal: boolean;
  /** Object id of a bearer token, or `SharedKey`, `SAS`, `anonymous`; `invalid` for a token that was refused. */
  caller: string;
  readonly userAgent?: string;
  readonly clientRequestId?: string;
  /** Source of a copy, without query. */
  readonly sourceUrl?: string;
  /** Undefined while under way, and for a connection broken on purpose. */
  status?: number;
  errorCode?: string;
  requestBytes: number;
  responseBytes: number;
  durationMs?: number;
  /** Set when a fault rule had a hand in it. */
  fault?: 'reply' | 'reset-before' | 'reset-after' | 'truncate' | 'delay';
}

/** Requests that are alike, counted since the journal was last cleared. */
export interface JournalCount {
  readonly service: ServiceName;
  readonly account: string;
  readonly container?: string;
  readonly operation: string;
  readonly status?: number;
  readonly errorCode?: string;
  readonly caller: string;
  readonly internal: boolean;
  count: number;
  requestBytes: number;
  responseBytes: number;
}

/** Filters of a query; all given ones must match. */
export interface JournalQuery {
  readonly service?: string;
  readonly account?: string;
  readonly container?: string;
  readonly operation?: string;
  readonly method?: string;
  readonly caller?: string;
  readonly status?: number;
  readonly errorCode?: string;
  readonly internal?: boolean;
  /** Only entries after this sequence number. */
  readonly after?: number;
  /** Text within the decoded blob name. */
  readonly blob?: string;
  /** Text within the user agent or the client request id. */
  readonly clientTag?: string;
  /** At most so many, the newest (default 1000). */
  readonly limit?: number;
}

type Opening = Omit<JournalEntry, 'seq'>;

export interface Journal {
  /** Notes an arrival. The entry is shared: what the caller fills in later is seen by queries at once. */
  open(entry: Opening): JournalEntry;
  /** Counts a finished entry. */
  close(entry: JournalEntry): void;
  /** The newest kept entries that match, oldest first. */
  query(query: JournalQuery): JournalEntry[];
  /** Counts of all finished requests since the last clear, also of those no longer kept. */
  summary(query: JournalQuery): JournalCount[];
  clear(): void;
}

const KEPT_ENTRIES = 50_000;
const DEFAULT_LIMIT = 1000;

/** A journal in memory that keeps the newest `keptEntries` requests and counts all of them. */
export function createJournal(keptEntries = KEPT_ENTRIES): Journal {
  let ring: JournalEntry[] = [];
  let counts = new Map<string, JournalCount>();
  let seq = 0;
  return {
    open: (opening) => {
      const entry: JournalEntry = Object.assign(opening, { seq: ++seq });
      ring[(seq - 1) % keptEntries] = entry;
      return entry;
    },
    close: (entry) => {
      addTo(counts, entry);
    },
    query: (query) =>
      ring
        .filter((entry) => matches(entry, query))
        .sort((a, b) => a.seq - b.seq)
        .slice(-(query.limit ?? DEFAULT_LIMIT)),
    summary: (query) => [...counts.values()].filter((count) => matchesCount(count, query)),
    clear: () => {
      ring = [];
      counts = new Map();
      seq = 0;
    },
  };
}

function addTo(counts: Map<string, JournalCount>, entry: JournalEntry): void {
  const { service, account, container, operation, status, errorCode, caller, internal } = entry;
  const key = `${service}|${account}|${container ?? ''}|${operation}|${String(status)}|${errorCode ?? ''}|${caller}|${String(internal)}`;
  let count = counts.get(key);
  if (count === undefined) {
    count = {
      service,
      account,
      ...(container === undefined ? {} : { container }),
      operation,
      ...(status === undefined ? {} : { status }),
      ...(errorCode === undefined ? {} : { errorCode }),
      caller,
      internal,
      count: 0,
      requestBytes: 0,
      responseBytes: 0,
    };
    counts.set(key, count);
  }
  count.count += 1;
  count.requestBytes += entry.requestBytes;
  count.responseBytes += entry.responseBytes;
}

const COMMON_FILTERS = [
  'service',
  'account',
  'container',
  'operation',
  'caller',
  'status',
  'errorCode',
  'internal',
] as const;

function matchesCount(count: JournalCount, query: JournalQuery): boolean {
  return COMMON_FILTERS.every((name) => query[name] === undefined || query[name] === count[name]);
}

function matches(entry: JournalEntry, query: JournalQuery): boolean {
  if (!COMMON_FILTERS.every((name) => query[name] === undefined || query[name] === entry[name])) return false;
  if (query.method !== undefined && query.method !== entry.method) return false;
  if (query.after !== undefined && entry.seq <= query.after) return false;
  if (query.blob !== undefined && entry.blob?.includes(query.blob) !== true) return false;
  return query.clientTag === undefined || hasTag(entry, query.clientTag);
}

function hasTag(entry: JournalEntry, tag: string): boolean {
  return [entry.userAgent, entry.clientRequestId].some((text) => text?.includes(tag) === true);
}
