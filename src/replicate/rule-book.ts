import type { Location } from '../job/account.js';
import type { JobSpec } from '../job/job-spec.js';
import type { ReplicationRule } from '../job/replication-rule.js';
import { type CompiledFilters, compileFilters } from '../plan/filter.js';
import type { ObjectPlace } from './blob-event.js';
import { ruleId } from './lineage.js';

/** A rule ready to be asked. */
export interface PreparedRule {
  readonly id: string;
  readonly rule: ReplicationRule;
  readonly filters: CompiledFilters;
  /** True when an object's name alone does not say whether it belongs to the rule. */
  readonly filtersLook: boolean;
}

/** The rules of an app at one moment. */
export interface RuleBook {
  /** Those that are not paused. */
  readonly rules: readonly PreparedRule[];
  find(id: string): PreparedRule | undefined;
  /** True when nothing is to be done for the rule at present, though it is there. */
  isPaused(id: string): boolean;
}

/** A stored rule, and whether it is paused. */
export interface StoredRule {
  readonly rule: ReplicationRule;
  readonly paused: boolean;
}

/** Compiles rules; `home` tells this app from others, see `ruleId`. Throws `bad-request` for filters that do not compile. */
export function openRuleBook(stored: readonly StoredRule[], home: string): RuleBook {
  const prepared = stored.map(({ rule }) => ({
    id: ruleId(home, rule.name),
    rule,
    filters: compileFilters(rule.filters),
    filtersLook: looksAtObjects(rule),
  }));
  const byId = new Map(prepared.map((entry) => [entry.id, entry]));
  const paused = new Set(stored.filter((entry) => entry.paused).map(({ rule }) => rule.name));
  return {
    rules: prepared.filter(({ rule }) => !paused.has(rule.name)),
    find: (id) => byId.get(id),
    isPaused: (id) => paused.has(byId.get(id)?.rule.name ?? ''),
  };
}

function looksAtObjects({ filters }: ReplicationRule): boolean {
  const { include = {}, exclude = {}, ...window } = filters;
  const byName = ['path', 'pattern', 'regex'];
  const rules = [...Object.keys(include), ...Object.keys(exclude)];
  return rules.some((field) => !byName.includes(field)) || Object.keys(window).length > 0;
}

/** The key below a location's prefix, or undefined for an object that is not there. */
export function keyWithin(location: Location, place: ObjectPlace): string | undefined {
  const { account, container, prefix } = location;
  return account === place.account && container === place.container && place.key.startsWith(prefix)
    ? place.key.slice(prefix.length)
    : undefined;
}

/** The job that would do for one target what the rule does event by event; events give it names, it has none. */
export function specOfRule(rule: ReplicationRule, target: Location): JobSpec {
  return {
    source: { kind: 'prefix', location: rule.source, base: rule.source.prefix, recursive: true },
    destination: target,
    overwrite: 'ifDifferent',
    dryRun: false,
    approve: false,
    filters: rule.filters,
    tags: rule.tags,
    tier: rule.tier,
    preserveProperties: true,
    preserveMetadata: true,
    createContainers: false,
    singleShotBytes: rule.singleShotBytes,
    maxInFlight: 512,
    // Events go on being replicated while a job repairs; both pin what they write.
    allowOverlap: true,
  };
}
