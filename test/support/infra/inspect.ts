import { globSync, readFileSync } from 'node:fs';
import { schemaFaults } from '../bicep/arm-types.js';
import type { Sources } from '../bicep/deployment.js';
import { driftFaults } from './drift-rules.js';
import { hardeningFaults } from './hardening-rules.js';
import { roleFaults } from './role-rules.js';
import { runTrials, type Trial } from './scenarios.js';
import { textFaults } from './text-rules.js';
import { wiringFaults } from './wiring-rules.js';

/** The templates as they lie in the project. */
export function readTemplates(): Sources {
  return new Map(globSync('infra/**/*.{bicep,json}').map((path) => [path, readFileSync(path, 'utf8')]));
}

/** Faults by group; all are empty when nothing is wrong. */
export interface Inspection {
  readonly trials: readonly Trial[];
  readonly drift: readonly string[];
  readonly text: readonly string[];
  readonly evaluation: readonly string[];
  readonly schema: readonly string[];
  readonly roles: readonly string[];
  readonly hardening: readonly string[];
  readonly wiring: readonly string[];
}

/** Everything that is checked about the templates. */
export function inspect(sources: Sources): Inspection {
  const { trials, faults } = runTrials(sources);
  return {
    trials,
    drift: driftFaults(sources, trials),
    text: textFaults(sources),
    evaluation: faults,
    schema: [...new Set(trials.flatMap(({ resources }) => resources.flatMap(schemaFaults)))],
    roles: trials.flatMap(roleFaults),
    hardening: trials.flatMap(hardeningFaults),
    wiring: trials.flatMap(wiringFaults),
  };
}

/** All faults in one list. */
export function faultsOf(inspection: Inspection): readonly string[] {
  const { drift, text, evaluation, schema, roles, hardening, wiring } = inspection;
  return [...drift, ...text, ...evaluation, ...schema, ...roles, ...hardening, ...wiring];
}

/** What is found when one text of a template is replaced. Throws when the text is not there. */
export function faultsAfter(sources: Sources, path: string, from: string | RegExp, to: string): string {
  const text = sources.get(path) ?? '';
  const changed = text.replace(from, () => to);
  if (changed === text) throw new Error(`${path} does not hold ${String(from)}`);
  return faultsOf(inspect(new Map([...sources, [path, changed]]))).join('\n');
}
