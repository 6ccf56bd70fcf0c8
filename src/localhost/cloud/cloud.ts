import { createSecretKey } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { createAdminServer } from './admin.js';
import type { Azurite } from './azurite.js';
import { startAzurite } from './azurite.js';
import type { TokenAuthority } from './bearer.js';
import { ensureCertificate } from './certificate.js';
import type { Certificate } from './certificate.js';
import { copyLimitsSchema } from './copy-limits.js';
import { createSourceReader } from './copy-source.js';
import type { SourceService } from './copy-source.js';
import { EventHub } from './events/event-hub.js';
import type { EventSubscription } from './events/subscription.js';
import { createFaults } from './faults.js';
import { openShareStore } from './files/share-store.js';
import type { ShareStore } from './files/share-store.js';
import { createFront } from './front.js';
import type { IdentityState, ManagedIdentity } from './identity.js';
import { createIdentityServer } from './identity.js';
import { createJournal } from './journal.js';
import type { RoleAssignment } from './roles.js';
import type { CloudContext } from './serve.js';
import { serveInternally } from './serve.js';
import { ensureState } from './state.js';
import type { CloudState } from './state.js';
import { createUpstream } from './upstream.js';

/** What to emulate. */
export interface CloudOptions {
  /** Holds certificate, keys and data; made if absent. Two clouds must not share it. */
  readonly stateDirectory: string;
  /** Ports from here on: blob, queue, table, admin, identity, and file as the seventh, as the sixth is the app's. 0: any free ports. */
  readonly basePort: number;
  readonly accounts: readonly { readonly name: string }[];
  readonly identities: readonly ManagedIdentity[];
  /** Absent: every identity may do everything in every account. */
  readonly roles?: readonly RoleAssignment[];
  /** Event subscriptions to begin with; others can be set at the admin endpoint. */
  readonly events?: readonly EventSubscription[];
  /** Absent: 24 hours, as the platform does. */
  readonly tokenLifetimeSeconds?: number;
  /** Receives single lines without secrets. */
  readonly log: (line: string) => void;
}

/** How clients address one account, path style. */
export interface CloudAccount {
  readonly name: string;
  /** base64 */
  readonly key: string;
  /** `https://127.0.0.1:<port>/<account>` */
  readonly blobEndpoint: string;
  readonly queueEndpoint: string;
  readonly tableEndpoint: string;
  /** Azure Files. */
  readonly fileEndpoint: string;
}

/** A running cloud. */
export interface Cloud {
  readonly accounts: readonly CloudAccount[];
  /** PEM file for `NODE_EXTRA_CA_CERTS`. */
  readonly caFile: string;
  readonly adminUrl: string;
  /** Value for `IDENTITY_ENDPOINT`. */
  readonly identityEndpoint: string;
  /** Value for `IDENTITY_HEADER`. */
  readonly identityHeader: string;
  readonly tenantId: string;
  /** Closes all listeners and waits until Azurite has written its data and gone. */
  stop(): Promise<void>;
}

/** Starts the emulated cloud on 127.0.0.1; resolves when every service answers. Nothing is left running when it rejects. */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const { stateDirectory, accounts, log } = options;
  const state = ensureState(
    stateDirectory,
    accounts.map((account) => account.name),
  );
  const certificate = await ensureCertificate(stateDirectory, Date.now());
  const shares = openShareStore(join(stateDirectory, 'files'));
  const azurite = await startAzurite({
    directory: join(stateDirectory, 'azurite'),
    certificate,
    accounts: accounts.map(({ name }) => ({ name, key: keyOf(state, name) })),
  });
  const running = createContext(options, state, certificate, azurite, shares);
  const servers = createServers(certificate, running, state.identityHeader);
  let stopping = false;
  void azurite.exited.then((words) => {
    if (!stopping) log(`cloud: Azurite ended unexpectedly: ${words}`);
  });
  const stop = async (): Promise<void> => {
    stopping = true;
    await Promise.all(servers.map(close));
    running.context.events.stop();
    running.context.upstream.close();
    running.context.sources.close();
    await azurite.stop();
    shares.close();
  };
  try {
    const ports = await Promise.all(
      servers.map((server, i) =>
        listen(server, options.basePort === 0 ? 0 : options.basePort + (portOffsets[i] ?? i)),
      ),
    );
    for (const host of ['127.0.0.1', 'localhost']) {
      running.ownHosts.set(`${host}:${String(ports[0])}`, 'blob');
      running.ownHosts.set(`${host}:${String(ports[5])}`, 'file');
    }
    await running.context.events.subscribe(options.events ?? []);
    return describe(options, state, certificate, ports, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Running {
  readonly context: CloudContext;
  readonly identity: IdentityState;
  readonly ownHosts: Map<string, SourceService>;
  readonly authority: TokenAuthority;
}

function createContext(
  options: CloudOptions,
  state: CloudState,
  certificate: Certificate,
  azurite: Azurite,
  shares: ShareStore,
): Running {
  const authority = { tenantId: state.tenantId, secret: createSecretKey(state.tokenSecret, 'base64') };
  const ownHosts = new Map<string, SourceService>();
  const sources = createSourceReader({
    ownHosts: () => ownHosts,
    ca: certificate.cert,
    serve: (request) => serveInternally(context, request),
  });
  const keys = new Map(Object.entries(state.keys));
  const upstream = createUpstream(azurite.ports, certificate.cert);
  const context: CloudContext = {
    authority,
    keys,
    upstream,
    sources,
    shares,
    events: new EventHub({ upstream, keys, host: () => [...ownHosts.keys()][0] ?? '', log: options.log }),
    faults: createFaults(() => Date.now()),
    journal: createJournal(),
    log: options.log,
    roles: options.roles ?? allRoles(options),
    limits: copyLimitsSchema.parse({}),
  };
  const identity: IdentityState = {
    identities: options.identities,
    tokenLifetimeSeconds: options.tokenLifetimeSeconds ?? 24 * 3600,
    fail: undefined,
    requests: 0,
  };
  return { context, identity, ownHosts, authority };
}

function allRoles(options: CloudOptions): RoleAssignment[] {
  return options.identities.flatMap(({ objectId }) =>
    options.accounts.map(({ name }) => ({
      identity: objectId,
      account: name,
      actions: [
        'read',
        'write',
        'delete',
        'tags',
        'shares',
        'delegate',
      ] as const satisfies RoleAssignment['actions'],
    })),
  );
}

type AnyServer = Server | SecureServer;

/** Of the servers' ports from the base port; the functions host has the sixth. */
const portOffsets = [0, 1, 2, 3, 4, 6];

/** In the order of their ports. */
function createServers(certificate: Certificate, running: Running, identityHeader: string): AnyServer[] {
  const { context, identity, authority } = running;
  return [
    createFront('blob', certificate, context),
    createFront('queue', certificate, context),
    createFront('table', certificate, context),
    createAdminServer({ context, identity }),
    createIdentityServer(authority, identityHeader, identity),
    createFront('file', certificate, context),
  ];
}

async function listen(server: AnyServer, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function close(server: AnyServer): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

function describe(
  options: CloudOptions,
  state: CloudState,
  certificate: Certificate,
  ports: readonly number[],
  stop: () => Promise<void>,
): Cloud {
  const [blob, queue, table, admin, identity, file] = ports.map(String);
  return {
    accounts: options.accounts.map(({ name }) => ({
      name,
      key: keyOf(state, name),
      blobEndpoint: `https://127.0.0.1:${blob ?? ''}/${name}`,
      queueEndpoint: `https://127.0.0.1:${queue ?? ''}/${name}`,
      tableEndpoint: `https://127.0.0.1:${table ?? ''}/${name}`,
      fileEndpoint: `https://127.0.0.1:${file ?? ''}/${name}`,
    })),
    caFile: certificate.certFile,
    adminUrl: `http://127.0.0.1:${admin ?? ''}`,
    identityEndpoint: `http://127.0.0.1:${identity ?? ''}/msi/token`,
    identityHeader: state.identityHeader,
    tenantId: state.tenantId,
    stop,
  };
}

function keyOf(state: CloudState, account: string): string {
  const key = state.keys[account];
  if (key === undefined) throw new Error(`No key for the account ${account}`);
  return key;
}
