import type { Policy } from '../job/policy.js';
import { listAll } from '../record/list-all.js';
import { readPolicy } from '../record/policies.js';
import { stateNames } from '../record/refs.js';
import { openRuleBook } from '../replicate/rule-book.js';
import type { RuleBook, StoredRule } from '../replicate/rule-book.js';
import type { Clock } from '../runtime/clock.js';
import type { StateStore } from '../storage/state-store.js';

/** A rule that was changed is felt after so long. */
const keptMs = 1000;
/** Whoever must know what stands now waits so long at most, so that a flood of questions is a few readings. */
const leastMs = 250;

interface Reading {
  readonly atMs: number;
  readonly book: Promise<RuleBook>;
}

/**
 * The replication rules as they stood at most a second ago or, when `afterMs` is given, after that moment. One listing a
 * reading, and one request for each policy that has changed.
 */
export function keptRules(
  state: StateStore,
  clock: Clock,
  home: string,
): (afterMs?: number) => Promise<RuleBook> {
  const known = new Map<string, { readonly etag: string; readonly rule: StoredRule | undefined }>();
  let last: Reading | undefined;

  const read = async (): Promise<RuleBook> => {
    const rules: StoredRule[] = [];
    for await (const { name: blob, etag } of listAll(state, stateNames.policies)) {
      if (known.get(blob)?.etag !== etag) {
        const name = blob.slice(stateNames.policies.length).replace(/\.json$/, '');
        const version = await readPolicy(state, name);
        known.set(blob, { etag: version?.etag ?? etag, rule: ruleOf(version?.policy) });
      }
      const rule = known.get(blob)?.rule;
      if (rule !== undefined) rules.push(rule);
    }
    return openRuleBook(rules, home);
  };
  const start = (): Promise<RuleBook> => {
    const reading: Reading = { atMs: clock.now(), book: read() };
    last = reading;
    reading.book.catch(() => {
      // Who asked is told; the next one asks anew.
      if (last === reading) last = undefined;
    });
    return reading.book;
  };
  const reading = (): Reading | undefined => last;
  return async (afterMs) => {
    const nowMs = clock.now();
    if (last === undefined || nowMs - last.atMs >= keptMs) return start();
    if (afterMs === undefined || last.atMs > afterMs) return last.book;
    await clock.sleep(Math.max(0, last.atMs + leastMs - nowMs));
    // Others may have waited, too: the first of them reads.
    const now = reading();
    return now !== undefined && now.atMs > afterMs ? now.book : start();
  };
}

function ruleOf(policy: Policy | undefined): StoredRule | undefined {
  return policy?.kind === 'replication' ? { rule: policy.rule, paused: policy.paused } : undefined;
}
