import { randomBytes } from 'node:crypto';
import type { InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import type { JobSpec } from '../job/job-spec.js';
import type { Principal } from '../preflight/mend.js';
import { preflight } from '../preflight/preflight.js';
import type { IdentityStatus, IdentityUse } from '../runtime/identity-status.js';
import { leadsToPrivateNetwork } from '../runtime/private-address.js';
import { createTokenVerifier, tenantKeys } from '../runtime/token-verifier.js';
import { type RetryResult, retryDeadLetters, retryPoisoned } from '../replicate/due-work.js';
import { compose, type Process } from './compose.js';
import { createAccess } from './http/access.js';
import { checkReady } from './http/check-ready.js';
import { homeOf, replication } from './replication.js';
import type { HttpServices, PreflightResult } from './services.js';
import { createStartRun, lookAtRun } from './start-run.js';

let made: HttpServices | undefined;

/** What HTTP handlers work with in this process. Throws `ConfigError` like `compose`. */
export function httpServices(): HttpServices {
  made ??= makeServices();
  return made;
}

function makeServices(): HttpServices {
  const process = compose();
  const { config, activities, auth } = process;
  const { clock } = activities;
  const state = process.openState({ requestId: 'tranship.api', onRequest: () => undefined });
  const verifier = auth.kind === 'entra' ? createTokenVerifier(auth, tenantKeys(auth), clock) : undefined;
  return {
    access: createAccess(auth, verifier),
    accounts: config.accounts,
    state,
    clock,
    randomBytes: (count) => randomBytes(count),
    preflight: (spec) => preflightOf(process, spec),
    startRun: (job, run, context) => createStartRun(df.getClient(context))(job, run),
    ready: (context) =>
      Promise.all([
        checkReady(clock, 'state', () => state.list('health/', undefined, 1)),
        checkReady(clock, 'orchestrations', () => askHub(context)),
      ]),
    identities: () => process.identities(),
    home: homeOf(process),
    queuedEvents: () => process.queuedEvents(),
    retryReplication: (rule, context) => retryReplication(rule, context),
    log: (event, fields) => {
      activities.log(event, fields);
    },
  };
}

const retryMs = 50_000;

async function retryReplication(rule: string, context: InvocationContext): Promise<RetryResult> {
  const { replicator, services, within } = replication();
  const untilMs = services.clock.now() + retryMs;
  return within(context, async () => {
    await retryPoisoned(replicator, services, untilMs);
    return retryDeadLetters(replicator, services, rule, untilMs);
  });
}

const preflightMs = 60_000;

async function preflightOf(process: Process, spec: JobSpec): Promise<PreflightResult> {
  const { activities, config, app } = process;
  const signal = AbortSignal.timeout(preflightMs);
  const caller = { requestId: 'tranship.preflight', onRequest: () => undefined };
  const identities = (await process.identities()).filter(({ usedFor }) =>
    usedFor.some((use) => use !== 'app'),
  );
  const findings = await preflight({
    spec,
    source: activities.openAccounts('source', caller)(spec.source.location),
    destination: activities.openAccounts('destination', caller)(spec.destination),
    accounts: config.accounts,
    principals: {
      source: principalFor('source', identities),
      destination: principalFor('destination', identities),
    },
    app,
    isPrivate: leadsToPrivateNetwork,
    signal,
  });
  return { identities, findings };
}

/** Who roles are to be given to; undefined when the identity gives no token that says it. */
function principalFor(use: IdentityUse, identities: readonly IdentityStatus[]): Principal | undefined {
  const { objectId, principalType: type } = identities.find(({ usedFor }) => usedFor.includes(use)) ?? {};
  return objectId === undefined || type === undefined ? undefined : { objectId, type };
}

/** Asks for an instance that never is: whoever knows that it is unknown can be asked. */
async function askHub(context: InvocationContext): Promise<void> {
  await lookAtRun(df.getClient(context), 'health', 0);
}
