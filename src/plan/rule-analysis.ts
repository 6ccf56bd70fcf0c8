import type { Location } from '../job/account.js';
import { overlaps } from '../job/overlap.js';
import type { ReplicationRule } from '../job/replication-rule.js';

type Routed = Pick<ReplicationRule, 'name' | 'source' | 'targets'>;

/** Why a rule cannot be saved. */
export interface RuleProblem {
  readonly code: 'overwrites-own-source' | 'targets-overlap' | 'cycle-moves-names';
  readonly detail: string;
  readonly advice: string;
}

/** What a rule does together with others; permitted, and worth telling. Names of rules, in order. */
export interface RuleNote {
  readonly code: 'cycle' | 'chain' | 'shared-target';
  readonly rules: readonly string[];
}

export interface RuleAnalysis {
  readonly problems: readonly RuleProblem[];
  readonly notes: readonly RuleNote[];
}

/**
 * What `rule` would do to its own source, alone and together with the `others` (a rule of its own name among them is the
 * one that it replaces). A cycle is permitted when each name comes back as itself: its changes end where they began. One
 * that brings names back under other names would grow with every reconciliation. Pure.
 */
export function analyseRule(rule: Routed, others: readonly Routed[]): RuleAnalysis {
  const rules = [rule, ...others.filter(({ name }) => name !== rule.name)];
  const cycles = findCycles(rule, rules);
  return {
    problems: [...ownProblems(rule), ...cycles.filter((cycle) => cycle.moved).map(movesNames)],
    notes: [
      ...cycles.filter((cycle) => !cycle.moved).map(({ path }) => ({ code: 'cycle' as const, rules: path })),
      ...rules.slice(1).flatMap((other) => relation(rule, other)),
    ],
  };
}

function ownProblems(rule: Routed): RuleProblem[] {
  const problems: RuleProblem[] = [];
  if (rule.targets.some((target) => overlaps(rule.source, target))) {
    problems.push({
      code: 'overwrites-own-source',
      detail: `rule ${rule.name} would write into its own source, and then replicate what it wrote`,
      advice: 'Choose a target outside the source, and a source outside the target.',
    });
  }
  const doubled = rule.targets.some((target, index) =>
    rule.targets.slice(index + 1).some((other) => overlaps(target, other)),
  );
  if (doubled) {
    problems.push({
      code: 'targets-overlap',
      detail: `two targets of rule ${rule.name} lie within one another`,
      advice: 'Give each target a container or folder of its own.',
    });
  }
  return problems;
}

function movesNames({ path }: Cycle): RuleProblem {
  return {
    code: 'cycle-moves-names',
    detail: `rules ${path.join(', ')} would bring objects back to where they came from under other names, again and again`,
    advice: 'Make the folders of the rules match, so that each object comes back under its own name.',
  };
}

function relation(rule: Routed, other: Routed): RuleNote[] {
  const notes: RuleNote[] = [];
  const feeds = (from: Routed, to: Routed): boolean =>
    from.targets.some((target) => overlaps(target, to.source));
  if (feeds(rule, other)) notes.push({ code: 'chain', rules: [rule.name, other.name] });
  if (feeds(other, rule)) notes.push({ code: 'chain', rules: [other.name, rule.name] });
  if (rule.targets.some((target) => other.targets.some((place) => overlaps(target, place)))) {
    notes.push({ code: 'shared-target', rules: [rule.name, other.name] });
  }
  return notes;
}

interface Cycle {
  readonly path: readonly string[];
  /** Objects come back under other names. */
  readonly moved: boolean;
}

/** The objects that have come this far: those below `start` in the first source are below `at` now. */
interface Trace {
  readonly start: string;
  readonly at: Location;
  readonly path: readonly string[];
}

function findCycles(first: Routed, rules: readonly Routed[]): Cycle[] {
  const cycles: Cycle[] = [];
  const follow = (rule: Routed, { start, at, path }: Trace): void => {
    for (const target of rule.targets) {
      const prefix = target.prefix + at.prefix.slice(rule.source.prefix.length);
      for (const next of rules) {
        const entered = enter({ start, at: { ...target, prefix }, path }, next);
        if (entered === undefined) continue;
        if (next === first) cycles.push({ path, moved: entered.at.prefix !== entered.start });
        else if (!path.includes(next.name)) follow(next, { ...entered, path: [...path, next.name] });
      }
    }
  };
  follow(first, { start: first.source.prefix, at: first.source, path: [first.name] });
  // A rule that writes into its own source has a problem of its own.
  return cycles.filter(({ path }) => path.length > 1);
}

/** What of the traced objects a rule's source holds. */
function enter({ start, at, path }: Trace, rule: Routed): Trace | undefined {
  const { source } = rule;
  if (source.account !== at.account || source.container !== at.container) return undefined;
  if (at.prefix.startsWith(source.prefix)) return { start, at, path };
  if (!source.prefix.startsWith(at.prefix)) return undefined;
  return { start: start + source.prefix.slice(at.prefix.length), at: source, path };
}
