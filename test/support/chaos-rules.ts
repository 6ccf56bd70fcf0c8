import type { Location } from '../../src/job/account.js';
import type { ReplicationRule } from '../../src/job/replication-rule.js';
import type { MemoryObject } from './memory-object.js';
import type { MemoryCloud } from './memory-store.js';
import { ruleOf } from './replication-world.js';

const mebibyte = 2 ** 20;
const place = (account: string, container: string): Location => ({ account, container, prefix: '' });
/** Where somebody changes things. */
export const chaosSource = place('a', 'data');
/** What is larger is left to jobs. */
export const singleShotBytes = 16 * mebibyte;

/** Two targets at once, one that waits, and one that others may write to. */
export const chaosRules: readonly ReplicationRule[] = [
  ruleOf({
    name: 'main',
    source: chaosSource,
    targets: [place('b', 'copy'), place('c', 'copy')],
    singleShotBytes,
  }),
  ruleOf({
    name: 'late',
    source: chaosSource,
    targets: [place('b', 'late')],
    delayMs: 20_000,
    singleShotBytes,
  }),
  ruleOf({
    name: 'kept',
    source: chaosSource,
    targets: [place('c', 'kept')],
    conflict: 'keepDestination',
    singleShotBytes,
  }),
];

/**
 * Names that are not the same at source and target, but for `excused`. `afterwards`: as a reconciliation must leave them;
 * it compares content, and where others may write, it only adds what is missing.
 */
export function differingNames(
  cloud: MemoryCloud,
  excused: ReadonlySet<string>,
  afterwards = false,
): readonly string[] {
  const same = afterwards ? isSameContent : isSame;
  const { account: from, container: data } = chaosSource;
  const source = cloud.account(from);
  return chaosRules
    .filter(({ conflict }) => !afterwards || conflict === 'sourceWins')
    .flatMap(({ name, targets }) =>
      targets.flatMap(({ account, container }) => {
        const target = cloud.account(account);
        const keys = new Set([...source.keys(data), ...target.keys(container)]);
        return [...keys]
          .filter((key) => !excused.has(key))
          .filter((key) => !same(source.object(data, key), target.object(container, key)))
          .map((key) => `${name} ${account}/${container}: ${key}`);
      }),
    );
}

const accountTier = 'Hot';

/** Content, and the tier where somebody has chosen one; it may change unseen while a job copies a large object. */
function isSame(left: MemoryObject | undefined, right: MemoryObject | undefined): boolean {
  const tier = left?.tier;
  const sameTier = tier === undefined || tier === (right?.tier ?? accountTier);
  return isSameContent(left, right) && (sameTier || (left?.sizeBytes ?? 0) > singleShotBytes);
}

function isSameContent(left: MemoryObject | undefined, right: MemoryObject | undefined): boolean {
  return JSON.stringify(left?.content) === JSON.stringify(right?.content);
}
