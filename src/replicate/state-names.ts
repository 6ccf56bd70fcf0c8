import { createHash } from 'node:crypto';
import type { ChangeKind } from './match-rules.js';

/** One name at one target of a rule: what pending work, dead letters and tombstones are about. */
export interface ReplicaName {
  /** Id of the rule. */
  readonly rule: string;
  /** Index into the rule's targets. */
  readonly target: number;
  /** Below the prefixes of source and target. */
  readonly key: string;
}

/** Work on a name, or on everything below it. */
export interface ReplicaWork extends ReplicaName {
  readonly kind: ChangeKind;
  readonly tree: boolean;
}

/** Work on one object is one whatever has happened to it: who does it looks at both ends. That on a directory is not. */
function workName({ target, key, kind, tree }: ReplicaWork): string {
  return hashed(tree ? [target, key, kind] : [target, key]);
}

function hashed(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 40);
}

/** Names in the state container; one place, so that nobody builds a name twice. */
export const replicationNames = {
  pendings: 'replication/pending/',
  pendingOf: (rule: string) => `replication/pending/${rule}/`,
  pending: (work: ReplicaWork) => `replication/pending/${work.rule}/${workName(work)}`,
  deadLettersOf: (rule: string) => `replication/dead/${rule}/`,
  deadLetter: (work: ReplicaWork) => `replication/dead/${work.rule}/${workName(work)}`,
  tombstonesOf: (rule: string) => `replication/tombstones/${rule}/`,
  tombstone: ({ rule, target, key }: ReplicaName) =>
    `replication/tombstones/${rule}/${hashed([target, key])}`,
  removedRules: 'replication/removed/',
  removedRule: (rule: string) => `replication/removed/${rule}`,
  refused: 'replication/refused/',
  refusedMessage: (message: string) => `replication/refused/${hashed([message])}`,
  poisoned: 'replication/poisoned/',
  poisonedMessage: (message: string) => `replication/poisoned/${hashed([message])}`,
  statistics: 'replication/statistics/',
  statisticsOf: (process: string) => `replication/statistics/${process}.json`,
} as const;
