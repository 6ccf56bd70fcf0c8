import type { ObjectPlace } from './blob-event.js';
import { keyWithin } from './rule-book.js';
import type { RuleBook } from './rule-book.js';

/**
 * The objects that a change has come from, latest first: what was replicated to give the object at `place`. Ends at the
 * first rule that this app does not know or that has changed since. Pure.
 */
export function originsOf(
  place: ObjectPlace,
  passed: readonly string[],
  book: RuleBook,
): readonly ObjectPlace[] {
  const origins: ObjectPlace[] = [];
  let at = place;
  for (const id of [...passed].reverse()) {
    const rule = book.find(id)?.rule;
    const [key] = (rule?.targets ?? []).flatMap((target) => keyWithin(target, at) ?? []);
    if (rule === undefined || key === undefined) break;
    const { account, container, prefix } = rule.source;
    at = { account, container, key: prefix + key };
    origins.push(at);
  }
  return origins;
}
