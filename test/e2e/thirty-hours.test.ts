import type { AccessToken, TokenCredential } from '@azure/identity';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { ActivityServices } from '../../src/activities/services.js';
import { newBoard } from '../../src/record/board.js';
import { createJob } from '../../src/record/jobs.js';
import { BoardFile } from '../../src/record/board-file.js';
import { wallClock } from '../../src/runtime/clock.js';
import { createCredentials } from '../../src/runtime/credential.js';
import { chooseIdentities } from '../../src/runtime/identity-choice.js';
import { openAzureStateStore } from '../../src/storage/azure-blob/state-store.js';
import { openAccounts } from '../../src/storage/open.js';
import { openSources } from '../../src/storage/open-sources.js';
import { startEmulatedCloud, type EmulatedCloud } from '../support/emulated-cloud.js';
import { numbered } from '../support/local-rig.js';
import { basicSpec, runJob } from '../support/memory-job.js';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const objects = 180;
/** What each copy takes, by the clock that everything here goes by. */
const requestMs = 10.5 * minuteMs;

let cloud: EmulatedCloud;
beforeAll(async () => {
  cloud = await startEmulatedCloud(['source', 'target', 'state']);
  const from = cloud.owner('source').getContainerClient('data');
  await from.create();
  for (const name of numbered(objects)) await from.getBlockBlobClient(name).upload(name, name.length);
  for (const container of ['hours-24', 'hours-1']) await cloud.owner('target').createContainer(container);
  await cloud.owner('state').createContainer('tranship');
});
afterAll(() => cloud.stop());
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** The activities of the app over the emulated cloud; each copy takes ten minutes. */
function servicesWith(
  clientId: string,
  onToken: (ask: () => Promise<AccessToken | null>) => Promise<AccessToken | null>,
): ActivityServices {
  const environment = { AZURE_CLIENT_ID: clientId };
  const options = { environment, clock: wallClock, prompt: () => undefined };
  const credentials = createCredentials(chooseIdentities(environment), options);
  const counted = (credential: TokenCredential): TokenCredential => ({
    getToken: (...asked) => onToken(() => credential.getToken(...asked)),
  });
  // Every copy asks for the source's token once, and has taken its time by then.
  const slow = (credential: TokenCredential): TokenCredential => ({
    getToken: (...asked) => {
      vi.setSystemTime(Date.now() + requestMs);
      return credential.getToken(...asked);
    },
  });
  const accounts = cloud.accounts.filter(({ name }) => name !== 'state');
  const client = { version: '0', clock: wallClock };
  return {
    clock: wallClock,
    sliceMs: 2 * hourMs,
    // Nothing hangs here.
    sliceAbortMs: 100 * hourMs,
    openAccounts: (side, { requestId, onRequest }) => {
      const open = openAccounts({
        ...client,
        accounts,
        credential: counted(credentials[side]),
        sources: openSources({ ...client, accounts, credential: slow(counted(credentials.source)) }),
        clientRequestId: requestId,
        onRequest,
      });
      return ({ account }) => open(account, side);
    },
    openState: ({ requestId, onRequest }) =>
      openAzureStateStore({
        ...client,
        credential: counted(credentials.app),
        clientRequestId: requestId,
        onRequest,
        blobEndpoint: cloud.accounts.find(({ name }) => name === 'state')?.blobEndpoint ?? '',
        container: 'tranship',
      }),
    log: () => undefined,
  };
}

const down = { fail: { status: 400, times: 1_000_000 } };

it.each([
  // The endpoint is down when the token is half through, which is when a new one is asked for.
  { lifetimeHours: 24, downFromMs: 11.9 * hourMs, downForMs: 30 * minuteMs, leastTokens: 2, mostAsked: 12 },
  { lifetimeHours: 1, downFromMs: 13 * hourMs, downForMs: 10 * minuteMs, leastTokens: 25, mostAsked: 60 },
])(
  'a job of 30 hours on tokens of $lifetimeHours h copies all, though the endpoint of tokens is down meanwhile',
  async ({ lifetimeHours, downFromMs, downForMs, leastTokens, mostAsked }) => {
    const id = `thirtyhours${String(lifetimeHours)}`;
    // An identity of its own: the library keeps tokens for the whole process.
    const identity = { objectId: `oid-${id}`, clientId: `cid-${id}`, resourceId: `/${id}` };
    const settings = { identities: [identity], tokenLifetimeSeconds: lifetimeHours * 3600 };
    const { requests: before } = await cloud.identity(settings);
    await cloud.roles(
      cloud.accounts.map(({ name }) => ({
        identity: identity.objectId,
        account: name,
        actions: ['read', 'write', 'delete', 'tags'] as const,
      })),
    );
    const startMs = Date.now();
    const given = new Set<string>();
    let wasDown = false;
    let refusals = 0;
    const services = servicesWith(identity.clientId, async (ask) => {
      const sinceMs = Date.now() - startMs;
      const isDown = sinceMs >= downFromMs && sinceMs < downFromMs + downForMs;
      if (isDown !== wasDown) {
        wasDown = isDown;
        const { fail } = await cloud.identity(isDown ? down : {});
        refusals += fail === undefined ? 0 : down.fail.times - fail.times;
      }
      const token = await ask();
      if (token !== null) given.add(token.token);
      return token;
    });
    const destination = { account: 'target', container: `hours-${String(lifetimeHours)}`, prefix: '' };
    const record = {
      version: 1 as const,
      id,
      kind: 'copy' as const,
      createdAt: new Date(startMs).toISOString(),
      requestHash: id,
      source: 'source',
      destination: 'target',
      spec: { ...basicSpec, destination, maxInFlight: 1 },
    };
    const state = services.openState({ requestId: 'test', onRequest: () => undefined });
    await createJob(state, record, { ...newBoard(id), run: 1 });
    const status = await runJob(services, id, 1, {});
    const tookHours = (Date.now() - startMs) / hourMs;
    const asked = (await cloud.identity({})).requests - before;
    console.info(
      `${tookHours.toFixed(1)} h: ${String(given.size)} tokens, asked for ${String(asked)} times, ${String(refusals)} refused`,
    );
    const board = await new BoardFile(state, id, wallClock).read();
    expect([status, board?.board.stopped, board?.board.totals.copied]).toEqual([
      'Completed',
      undefined,
      objects,
    ]);
    expect(await cloud.journal('status=401&limit=10')).toEqual([]);
    expect(tookHours).toBeGreaterThan(30);
    expect(given.size).toBeGreaterThanOrEqual(leastTokens);
    expect(asked).toBeLessThanOrEqual(mostAsked);
  },
);
