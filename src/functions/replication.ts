import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import type { InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import { Replicator } from '../replicate/replicator.js';
import type { ReplicatorServices } from '../replicate/replicator-services.js';
import { ReplicationStatistics } from '../replicate/statistics.js';
import { isoTime } from '../runtime/clock.js';
import type { AccountStore } from '../storage/store.js';
import { compose } from './compose.js';
import type { Process } from './compose.js';
import { keptRules } from './kept-rules.js';
import { startRuleJob } from './start-reconcile.js';
import type { RuleJobStarter } from './start-reconcile.js';
import { createStartRun } from './start-run.js';

/** The replicator of this process. */
export interface Replication {
  readonly replicator: Replicator;
  readonly services: ReplicatorServices;
  readonly starter: RuleJobStarter;
  /** Runs work of an invocation; jobs that it leaves work to are started through its durable client. */
  readonly within: <T>(context: InvocationContext, work: () => Promise<T>) => Promise<T>;
}

/** Ends what hangs, long before the host gives the invocation up. */
const workMs = 120_000;
/** Lineages whose clients are kept. */
const mostOpened = 200;

let made: Replication | undefined;

/** Made at the first use. Throws `ConfigError` like `compose`. */
export function replication(): Replication {
  made ??= makeReplication(compose());
  return made;
}

/** URL of the state container: what tells the rules of this app from those of others. */
export function homeOf({ config }: Pick<Process, 'config'>): string {
  return `${config.stateEndpoint}/${config.stateContainer}`;
}

function makeReplication(process: Process): Replication {
  const { config, activities } = process;
  const { clock, log } = activities;
  const home = homeOf(process);
  const { accounts } = config;
  const state = process.openState({ requestId: 'tranship.replication', onRequest: () => undefined });
  const invocations = new AsyncLocalStorage<InvocationContext>();
  const contextNow = (): InvocationContext => {
    const context = invocations.getStore();
    if (context === undefined) throw new Error('replication works within an invocation only');
    return context;
  };
  const starter: RuleJobStarter = {
    state,
    clock,
    accounts,
    home,
    randomBytes: (count) => randomBytes(count),
    startRun: (job, run, context) => createStartRun(df.getClient(context))(job, run),
    log,
  };
  const services: ReplicatorServices = {
    clock,
    accounts,
    state,
    rules: keptRules(state, clock, home),
    open: keptAccounts(process),
    startJob: async (job) => {
      await startRuleJob(starter, job, isoTime(clock), contextNow());
    },
    signal: () => AbortSignal.timeout(workMs),
    log,
  };
  const name = randomBytes(8).toString('hex');
  return {
    services,
    starter,
    replicator: new Replicator(services, new ReplicationStatistics(state, clock, name)),
    within: (context, work) => invocations.run(context, work),
  };
}

/** Clients are costly to make, and few lineages write most. */
function keptAccounts({ activities }: Process): ReplicatorServices['open'] {
  const opened = new Map<string, AccountStore>();
  return (side, account, requestId) => {
    const name = `${side} ${account} ${requestId}`;
    const known = opened.get(name);
    if (known !== undefined) return known;
    if (opened.size >= mostOpened) opened.clear();
    const store = activities.openAccounts(side, { requestId, onRequest: () => undefined })({ account });
    opened.set(name, store);
    return store;
  };
}
