import type { Location } from '../job/account.js';
import { replicationLimits } from '../job/replication-rule.js';
import type { BlobEvent, ObjectPlace, WrittenHint } from './blob-event.js';
import { rulesPassed } from './lineage.js';
import { originsOf } from './origins.js';
import { keyWithin } from './rule-book.js';
import type { PreparedRule, RuleBook } from './rule-book.js';

/** What may have happened to an object at the source. `tier`: its access tier has changed. */
export type ChangeKind = 'written' | 'deleted' | 'tier';

/** What one event asks one rule to do for one target. */
export interface Change {
  readonly rule: PreparedRule;
  /** Index into the rule's targets. */
  readonly target: number;
  /** Key below the source's prefix; of a tree: empty for all of it, or ending in `/`. */
  readonly key: string;
  readonly kind: ChangeKind;
  /** The key stands for everything below it: a directory was renamed or deleted. */
  readonly tree: boolean;
  /** Rules that the change has passed. */
  readonly passed: readonly string[];
  /** When the change was made, in milliseconds since the epoch. */
  readonly timeMs: number;
  readonly hint?: WrittenHint;
}

/** An object at a target that was deleted there by somebody else than a rule. */
export interface TargetDeletion {
  readonly rule: PreparedRule;
  readonly target: number;
  readonly key: string;
}

export interface Matches {
  readonly changes: readonly Change[];
  /** Deletions that rules which keep the destination must remember. */
  readonly targetDeletions: readonly TargetDeletion[];
  /** Rules that let the event pass because it is an echo of their own writes, or would go back where it came from. */
  readonly echoes: number;
}

interface Touched {
  readonly place: ObjectPlace;
  readonly kind: ChangeKind;
  readonly tree: boolean;
}

/** What an event touches: a rename is a deletion under the old name and a creation under the new one. */
function touchedBy(event: BlobEvent): readonly Touched[] {
  const tree = event.kind === 'directoryRenamed' || event.kind === 'directoryDeleted';
  switch (event.kind) {
    case 'created':
      return [{ place: event, kind: 'written', tree }];
    case 'tierChanged':
      return [{ place: event, kind: 'tier', tree }];
    case 'deleted':
    case 'directoryDeleted':
      return [{ place: event, kind: 'deleted', tree }];
    case 'renamed':
    case 'directoryRenamed':
      return [
        { place: event, kind: 'written', tree },
        { place: event.from, kind: 'deleted', tree },
      ];
  }
}

/** Which rules an event concerns, and how. Pure. */
export function matchRules(event: BlobEvent, book: RuleBook): Matches {
  const passed = rulesPassed(event.clientRequestId);
  const changes: Change[] = [];
  const targetDeletions: TargetDeletion[] = [];
  let echoes = 0;
  for (const touched of touchedBy(event)) {
    for (const rule of book.rules) {
      if (passed.length === 0) targetDeletions.push(...deletionsAt(rule, touched));
      const found = changesOf(rule, touched, { event, passed, book });
      changes.push(...found.changes);
      echoes += found.echoes;
    }
  }
  return { changes, targetDeletions, echoes };
}

interface Told {
  readonly event: BlobEvent;
  readonly passed: readonly string[];
  readonly book: RuleBook;
}

function changesOf(
  rule: PreparedRule,
  { place, kind, tree }: Touched,
  { event, passed, book }: Told,
): { readonly changes: readonly Change[]; readonly echoes: number } {
  const key = tree ? treeWithin(rule.rule.source, place) : keyWithin(rule.rule.source, place);
  if (key === undefined || (key === '' && !tree) || !isWanted(rule, key, kind, tree))
    return { changes: [], echoes: 0 };
  const { targets } = rule.rule;
  if (passed.includes(rule.id) || passed.length >= replicationLimits.hops) {
    return { changes: [], echoes: targets.length };
  }
  const origins = originsOf(place, passed, book);
  const open = targets.flatMap((target, index) => {
    const goesBack = origins.some((origin) => keyWithin(target, origin) === key);
    return goesBack ? [] : [index];
  });
  const hint = event.kind === 'created' && event.hint !== undefined ? { hint: event.hint } : {};
  const changes = open.map((target) => ({
    rule,
    target,
    key,
    kind,
    tree,
    passed,
    timeMs: event.timeMs,
    ...hint,
  }));
  return { changes, echoes: targets.length - open.length };
}

function isWanted({ rule, filters }: PreparedRule, key: string, kind: ChangeKind, tree: boolean): boolean {
  if (kind === 'deleted' && rule.deletes === 'ignore') return false;
  if (kind === 'tier' && rule.tier === 'off') return false;
  return tree || filters.passesName(key);
}

/** What of a directory the rule's source holds: a part of the source, or all of it. */
function treeWithin(source: Location, place: ObjectPlace): string | undefined {
  const folder = { ...place, key: `${place.key}/` };
  const holdsSource = source.prefix.startsWith(folder.key);
  const same = source.account === place.account && source.container === place.container;
  return holdsSource && same ? '' : keyWithin(source, folder);
}

function deletionsAt(rule: PreparedRule, { place, kind, tree }: Touched): TargetDeletion[] {
  if (kind !== 'deleted' || tree || rule.rule.conflict === 'sourceWins') return [];
  return rule.rule.targets.flatMap((target, index) => {
    const key = keyWithin(target, place);
    return key === undefined ? [] : [{ rule, target: index, key }];
  });
}
