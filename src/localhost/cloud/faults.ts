import { z } from 'zod';
import { ServiceError } from './errors.js';
import { seededRandom } from './seeded-random.js';

/** One thing that goes wrong. A rule applies to a request when all its filters match. JSON of `POST /faults`. */
export const faultRuleSchema = z.strictObject({
  // Filters.
  service: z.enum(['blob', 'queue', 'table', 'file']).optional(),
  method: z.string().optional(),
  account: z.string().optional(),
  container: z.string().optional(),
  /** Operation name as in the journal. */
  operation: z.string().optional(),
  /** Regular expression on the path and query as received. */
  path: z.string().optional(),
  hasCopySource: z.boolean().optional(),
  /** True: only requests with `x-ms-copy-source-authorization`, as where a service takes no token for a copy's source. */
  hasSourceAuthorization: z.boolean().optional(),
  /** Text within the user agent or the client request id. */
  clientTag: z.string().optional(),
  /** `client`: only requests from sockets; `source`: only the cloud's own reads of copy sources; absent: both. */
  side: z.enum(['client', 'source']).optional(),
  // How often: after `skip` matches, `times` matches (absent: always), each with `probability` (by `seed`).
  skip: z.int().min(0).optional(),
  times: z.int().min(1).optional(),
  probability: z.number().min(0).max(1).optional(),
  seed: z.int().optional(),
  // What: a delay, then one of an error reply, a broken connection, or a shortened body.
  delayMs: z.number().min(0).optional(),
  status: z.int().min(300).max(599).optional(),
  /** Absent: `InternalError`. Empty: a reply without a code, as a gateway before the service sends it. */
  code: z.string().optional(),
  message: z.string().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  /** `before`: the connection breaks and nothing was done; `after`: the service acted and the reply is lost. */
  reset: z.enum(['before', 'after']).optional(),
  /** A user delegation key that is asked for ends after so long, in whole seconds. */
  keyLifeMs: z.int().min(1000).optional(),
  /** The reply's body ends after this many bytes and the connection breaks. */
  truncateAfterBytes: z.int().min(0).optional(),
});
export type FaultRule = z.infer<typeof faultRuleSchema>;

/** A token bucket for one account: beyond it the account answers 503 ServerBusy. JSON of `PUT /throttles`. */
export const throttleSchema = z.strictObject({
  account: z.string(),
  operationsPerSecond: z.number().positive(),
  burst: z.number().min(1).optional(),
  /** Value of the Retry-After header in seconds; absent: no such header. */
  retryAfterSeconds: z.int().optional(),
});
export type Throttle = z.infer<typeof throttleSchema>;

/** What filters look at. */
export interface FaultSubject {
  readonly service: string;
  readonly method: string;
  readonly account: string;
  readonly container?: string;
  readonly operation: string;
  readonly url: string;
  readonly hasCopySource: boolean;
  readonly hasSourceAuthorization: boolean;
  readonly clientTags: readonly string[];
  readonly internal: boolean;
}

interface ActiveRule {
  readonly id: number;
  readonly rule: FaultRule;
  readonly pattern?: RegExp;
  readonly random: () => number;
  matched: number;
  applied: number;
}

interface Bucket {
  readonly throttle: Throttle;
  tokens: number;
  filledAtMs: number;
}

/** A rule as the admin endpoint shows it, with how often it matched and took effect. */
export interface FaultStatus extends FaultRule {
  readonly id: number;
  readonly matched: number;
  readonly applied: number;
}

export interface Faults {
  /** Adds rules; returns their ids. Earlier rules are asked first, and the first that takes effect wins. */
  add(rules: readonly FaultRule[]): number[];
  list(): FaultStatus[];
  clear(): void;
  setThrottles(throttles: readonly Throttle[]): void;
  throttles(): Throttle[];
  /** The rule that takes effect on this request, counted as applied; undefined for most. */
  choose(subject: FaultSubject): FaultRule | undefined;
  /** Takes one operation off the account's bucket, or throws 503 ServerBusy. */
  take(account: string): void;
}

/** Fault rules and throttles in memory. `nowMs` drives the buckets; chance comes from each rule's own seed. */
export function createFaults(nowMs: () => number): Faults {
  let rules: ActiveRule[] = [];
  let lastId = 0;
  let buckets = new Map<string, Bucket>();
  return {
    add: (added) => {
      const active = added.map((rule) => activate(rule, ++lastId));
      rules.push(...active);
      return active.map((rule) => rule.id);
    },
    list: () => rules.map(({ id, rule, matched, applied }) => ({ ...rule, id, matched, applied })),
    clear: () => {
      rules = [];
    },
    setThrottles: (throttles) => {
      buckets = new Map(
        throttles.map((throttle) => [
          throttle.account,
          { throttle, tokens: capacity(throttle), filledAtMs: nowMs() },
        ]),
      );
    },
    throttles: () => [...buckets.values()].map((bucket) => bucket.throttle),
    choose: (subject) => rules.find((rule) => matches(rule, subject) && isDue(rule))?.rule,
    take: (account) => {
      const bucket = buckets.get(account);
      if (bucket !== undefined) takeFrom(bucket, nowMs());
    },
  };
}

function activate(rule: FaultRule, id: number): ActiveRule {
  return {
    id,
    rule,
    ...(rule.path === undefined ? {} : { pattern: new RegExp(rule.path) }),
    random: seededRandom(rule.seed ?? id),
    matched: 0,
    applied: 0,
  };
}

/** Filters that are equal to what they look at, or absent. */
const alike = [
  'service',
  'method',
  'account',
  'container',
  'operation',
  'hasCopySource',
  'hasSourceAuthorization',
] as const;

function matches({ rule, pattern }: ActiveRule, subject: FaultSubject): boolean {
  const equal = alike.every((name) => isAny<unknown>(rule[name], subject[name]));
  if (!equal || !isAny(rule.side, subject.internal ? 'source' : 'client')) return false;
  if (pattern?.test(subject.url) === false) return false;
  const tag = rule.clientTag;
  return tag === undefined || subject.clientTags.some((text) => text.includes(tag));
}

function isAny<T>(wanted: T | undefined, actual: T | undefined): boolean {
  return wanted === undefined || wanted === actual;
}

function isDue(active: ActiveRule): boolean {
  const { skip = 0, times = Infinity, probability = 1 } = active.rule;
  active.matched += 1;
  if (active.matched <= skip || active.applied >= times) return false;
  if (probability < 1 && active.random() >= probability) return false;
  active.applied += 1;
  return true;
}

function capacity(throttle: Throttle): number {
  return throttle.burst ?? Math.max(1, throttle.operationsPerSecond);
}

function takeFrom(bucket: Bucket, nowMs: number): void {
  const { throttle } = bucket;
  const refill = ((nowMs - bucket.filledAtMs) / 1000) * throttle.operationsPerSecond;
  bucket.tokens = Math.min(capacity(throttle), bucket.tokens + refill);
  bucket.filledAtMs = nowMs;
  if (bucket.tokens < 1) {
    const wait = throttle.retryAfterSeconds;
    throw new ServiceError(503, 'ServerBusy', 'Operations per second is over the account limit.', {
      headers: wait === undefined ? [] : [['Retry-After', String(wait)]],
    });
  }
  bucket.tokens -= 1;
}
