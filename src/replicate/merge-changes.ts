import type { Change, ChangeKind } from './match-rules.js';

/**
 * One change that does for both: it looks instead of believing what either event told, and counts as the older one. Of
 * the rules passed it keeps the shorter list, so that what a user has changed meanwhile goes on as the user's. Pure.
 */
export function mergeChanges(left: Change, right: Change): Change {
  const { rule, target, key, tree } = right;
  return {
    rule,
    target,
    key,
    tree,
    kind: mergeKinds(left.kind, right.kind),
    passed: left.passed.length < right.passed.length ? left.passed : right.passed,
    timeMs: Math.min(left.timeMs, right.timeMs),
  };
}

/** `tier` looks at both ends, and finds out whatever else has happened. */
function mergeKinds(left: ChangeKind, right: ChangeKind): ChangeKind {
  if (left === 'tier' || right === 'tier') return 'tier';
  return left === right ? left : 'written';
}
