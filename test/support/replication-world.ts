import type { Account } from '../../src/job/account.js';
import type { ReplicationRule } from '../../src/job/replication-rule.js';
import { Replicator } from '../../src/replicate/replicator.js';
import type { ReplicationJob, ReplicatorServices } from '../../src/replicate/replicator-services.js';
import { openRuleBook } from '../../src/replicate/rule-book.js';
import { ReplicationStatistics } from '../../src/replicate/statistics.js';
import type { MemoryPut } from './memory-object.js';
import { createMemoryCloud } from './memory-store.js';
import type { MemoryAccount, MemoryCloud } from './memory-store.js';
import { createMemoryStateStore } from './memory-state-store.js';
import type { MemoryStateStore } from './memory-state-store.js';
import { createStepClock } from './step-clock.js';
import type { StepClock } from './step-clock.js';

/** The app whose rules these are. */
export const home = 'https://host.example/tranship';

export const accounts: readonly Account[] = ['a', 'b', 'c'].map((name) => ({
  name,
  blobEndpoint: `https://${name}.blob.core.windows.net`,
  listingOrder: 'utf8' as const,
}));

/** A rule from container `data` of account a to that of account b. */
export function ruleOf(changes: Partial<ReplicationRule> = {}): ReplicationRule {
  return {
    name: 'a-to-b',
    source: { account: 'a', container: 'data', prefix: '' },
    targets: [{ account: 'b', container: 'data', prefix: '' }],
    filters: {},
    deletes: 'propagate',
    conflict: 'sourceWins',
    delayMs: 0,
    tags: 'off',
    tier: 'auto',
    singleShotBytes: 256 * 2 ** 20,
    ...changes,
  };
}

/** A replicator over accounts a, b and c in memory, each with a container `data`. */
export interface ReplicationWorld {
  readonly clock: StepClock;
  readonly cloud: MemoryCloud;
  readonly state: MemoryStateStore;
  readonly replicator: Replicator;
  readonly services: ReplicatorServices;
  readonly jobs: ReplicationJob[];
  readonly logged: string[];
  /** Client request ids that stores were opened with, in order. */
  readonly requestIds: string[];
  account(name: string): MemoryAccount;
  /** Changes the rules from the next event on. */
  setRules(rules: readonly ReplicationRule[], paused?: readonly string[]): void;
  /** Another process over the same accounts and state. */
  anotherReplicator(): Replicator;
}

export function createReplicationWorld(rules: readonly ReplicationRule[] = [ruleOf()]): ReplicationWorld {
  const clock = createStepClock();
  const cloud = createMemoryCloud({ clock });
  const state = createMemoryStateStore(clock);
  const jobs: ReplicationJob[] = [];
  const logged: string[] = [];
  const requestIds: string[] = [];
  let book = openRuleBook(
    rules.map((rule) => ({ rule, paused: false })),
    home,
  );
  for (const { name } of accounts) cloud.account(name).addContainer('data');
  const services: ReplicatorServices = {
    clock,
    accounts,
    state,
    rules: () => Promise.resolve(book),
    open: (side, account, requestId) => {
      requestIds.push(requestId);
      return cloud.account(account).store(side);
    },
    startJob: (job) => {
      if (!jobs.some(({ id }) => id === job.id)) jobs.push(job);
      return Promise.resolve();
    },
    signal: () => new AbortController().signal,
    log: (event, fields) => logged.push(`${event} ${JSON.stringify(fields)}`),
  };
  let processes = 0;
  const anotherReplicator = (): Replicator => {
    processes += 1;
    // Waiting for statistics to be written must not move the time of everything else.
    const patient = { ...clock, sleep: () => Promise.resolve() };
    return new Replicator(
      services,
      new ReplicationStatistics(state, patient, `process-${String(processes)}`),
    );
  };
  return {
    clock,
    cloud,
    state,
    services,
    jobs,
    logged,
    requestIds,
    replicator: anotherReplicator(),
    account: (name) => cloud.account(name),
    setRules: (next, paused = []) => {
      book = openRuleBook(
        next.map((rule) => ({ rule, paused: paused.includes(rule.name) })),
        home,
      );
    },
    anotherReplicator,
  };
}

let events = 0;

export interface EventOptions {
  readonly type?: string;
  readonly account?: string;
  readonly container?: string;
  readonly schema?: 'grid' | 'cloud';
  readonly time?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** A storage event about a blob of `data`, or another container, as Event Grid writes it; `BlobCreated` without a hint by default. */
export function eventOf(key: string, options: EventOptions = {}): Record<string, unknown> {
  const {
    account = 'a',
    container = 'data',
    schema = 'cloud',
    type = 'BlobCreated',
    time = '2026-01-01T00:00:00.1234567Z',
  } = options;
  events += 1;
  const encoded = key.split('/').map(encodeURIComponent).join('/');
  const common = {
    id: `event-${String(events)}`,
    subject: `/blobServices/default/containers/${container}/blobs/${key}`,
    data: {
      api: 'PutBlob',
      url: `https://${account}.blob.core.windows.net/${container}/${encoded}`,
      sequencer: events.toString(16).padStart(32, '0'),
      storageDiagnostics: { batchId: 'x' },
      ...options.data,
    },
  };
  const topic = `/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/${account}`;
  return schema === 'cloud'
    ? { ...common, source: topic, specversion: '1.0', type: `Microsoft.Storage.${type}`, time }
    : {
        ...common,
        topic,
        eventType: `Microsoft.Storage.${type}`,
        eventTime: time,
        dataVersion: '',
        metadataVersion: '1',
      };
}

/** A message as Event Grid puts it into a queue. */
export function messageOf(event: unknown): string {
  return Buffer.from(JSON.stringify(event)).toString('base64');
}

/** Puts an object at a, and gives the event of it as the service would tell it. */
export function written(
  world: ReplicationWorld,
  key: string,
  put: MemoryPut = {},
  account = 'a',
): Record<string, unknown> {
  const etag = world.account(account).put('data', key, put);
  const { sizeBytes = 10, blobType = 'BlockBlob' } = put;
  const data = { eTag: etag, contentLength: sizeBytes, blobType, accessTier: put.tier ?? 'Default' };
  return eventOf(key, { account, data });
}

/** What an object of an account holds; undefined when there is none. */
export function content(world: ReplicationWorld, account: string, key: string): string | undefined {
  return world.account(account).object('data', key)?.content[0]?.of;
}
