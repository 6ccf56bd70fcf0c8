import type { KeyOrder } from '../../src/job/account.js';
import { isCopyError } from '../../src/job/copy-error.js';
import type { CopyErrorCode } from '../../src/job/copy-error.js';
import { encodeKey } from '../../src/job/encode-key.js';
import { serviceLimits } from '../../src/job/limits.js';
import type { Clock } from '../../src/runtime/clock.js';
import type { Side } from '../../src/storage/side.js';
import type { AccountStore, ContainerStore } from '../../src/storage/store.js';
import type { AccountOptions, MemoryPermissions } from './memory-account.js';
import { MemoryContainer } from './memory-container.js';
import { FaultList, refusal, sourceNotFound } from './memory-faults.js';
import type { Fault, MemoryRequest, StoreCall } from './memory-faults.js';
import { openMemoryShare, putInShare } from './memory-file-store.js';
import type { MemoryObject, MemoryPut } from './memory-object.js';
import { openMemoryContainer } from './memory-object-store.js';
import { MemorySnapshots } from './memory-snapshots.js';
import { createStepClock } from './step-clock.js';

/** The test's own view of one account; none of its methods counts as a request. */
export interface MemoryAccount {
  readonly name: string;
  readonly order: KeyOrder;
  readonly permissions: MemoryPermissions;
  addContainer(name: string): void;
  removeContainer(name: string): void;
  /** Writes an object past all conditions; makes its container when it is missing. Returns the new ETag. */
  put(container: string, key: string, object?: MemoryPut): string;
  remove(container: string, key: string): void;
  /** As Set Blob Tags and Set Blob Tier do: the ETag stays. */
  set(container: string, key: string, to: Pick<MemoryPut, 'tags' | 'tier'>): void;
  object(container: string, key: string): MemoryObject | undefined;
  /** Keys in listing order. */
  keys(container: string): readonly string[];
  uncommitted(container: string, key: string): readonly { readonly id: string; readonly sizeBytes: number }[];
  /** Snapshots of containers that are there now. */
  readonly snapshots: MemorySnapshots;
  /** The account as product code sees it. Without `side`, reads fail as source and writes as destination. */
  store(side?: Side): AccountStore;
}

/**
 * Storage accounts in memory that behave as the Blob service does: ETags, conditions, uncommitted blocks, whole-second
 * times, order of listings. Content is labels and lengths, never bytes.
 */
export interface MemoryCloud {
  readonly clock: Clock;
  /** Makes the account when it is missing. The options count at the first call. `files`: its containers are shares. */
  account(name: string, options?: AccountOptions): MemoryAccount;
  /** As `openAccounts` of the product. */
  open(name: string, side?: Side): AccountStore;
  readonly requests: readonly MemoryRequest[];
  /** Number of requests since the last `reset`, of this kind and at this account when given. */
  count(call?: StoreCall, account?: string): number;
  /** Highest number of requests in flight at once since the last `reset`. */
  readonly peakInFlight: number;
  fault(fault: Fault): void;
  /** Forgets counted requests and armed faults. */
  reset(): void;
}

export interface MemoryCloudOptions {
  readonly clock?: Clock;
  readonly onRequest?: (account: string) => void;
}

/** An empty cloud. */
export function createMemoryCloud(options: MemoryCloudOptions = {}): MemoryCloud {
  return new Cloud(options);
}

/** What containers need of the cloud around them. */
export interface MemoryWorld {
  readonly clock: Clock;
  nextEtag(): string;
  request<T>(request: MemoryRequest, signal: AbortSignal, effect: () => T): Promise<T>;
  /** The object behind a source URL, or the refusal that a copy gets. */
  resolve(url: string): MemoryObject;
}

class Cloud implements MemoryCloud, MemoryWorld {
  readonly clock: Clock;
  readonly requests: MemoryRequest[] = [];
  peakInFlight = 0;
  readonly #faults = new FaultList();
  readonly #accounts = new Map<string, AccountState>();
  readonly #onRequest: (account: string) => void;
  #inFlight = 0;
  #etags = 0;

  constructor(options: MemoryCloudOptions) {
    this.clock = options.clock ?? createStepClock();
    this.#onRequest = options.onRequest ?? (() => undefined);
  }

  account(name: string, options: AccountOptions = {}): MemoryAccount {
    return this.#state(name, options);
  }

  open(name: string, side?: Side): AccountStore {
    return this.#state(name, {}).store(side);
  }

  count(call?: StoreCall, account?: string): number {
    return this.requests.filter(
      (request) =>
        (call ?? request.call) === request.call && (account ?? request.account) === request.account,
    ).length;
  }

  fault(fault: Fault): void {
    this.#faults.add(fault);
  }

  reset(): void {
    this.requests.length = 0;
    this.peakInFlight = 0;
    this.#faults.clear();
  }

  nextEtag(): string {
    this.#etags += 1;
    return `"0x${this.#etags.toString(16).toUpperCase().padStart(8, '0')}"`;
  }

  async request<T>(request: MemoryRequest, signal: AbortSignal, effect: () => T): Promise<T> {
    this.requests.push(request);
    this.#onRequest(request.account);
    this.#inFlight += 1;
    this.peakInFlight = Math.max(this.peakInFlight, this.#inFlight);
    try {
      return await this.#faults.pass(request, signal, effect);
    } finally {
      this.#inFlight -= 1;
    }
  }

  resolve(url: string): MemoryObject {
    const [, account = '', container = '', path = ''] =
      /^https:\/\/([^.]+)\.memory\.test\/([^/]+)\/(.+)$/.exec(url) ?? [];
    const state = this.#accounts.get(account);
    const found = state?.containers.get(container);
    if (state?.permissions.read === false) {
      throw refusal('source-role-missing', 403, 'AuthorizationPermissionMismatch');
    }
    if (found === undefined) throw refusal('source-container-not-found', 404, 'ContainerNotFound');
    const object = found.objects.get(decodeURIComponent(path));
    if (object === undefined) throw sourceNotFound(state?.service);
    if (object.tier === 'Archive') throw refusal('source-archived', 409, 'BlobArchived');
    return object;
  }

  #state(name: string, options: AccountOptions): AccountState {
    const state = this.#accounts.get(name) ?? new AccountState(name, options, this);
    this.#accounts.set(name, state);
    return state;
  }
}

/** One account with what the test may do to it. */
export class AccountState implements MemoryAccount {
  readonly name: string;
  readonly order: KeyOrder;
  readonly service: 'blob' | 'files';
  readonly pageEntries: number;
  readonly world: MemoryWorld;
  readonly permissions: MemoryPermissions = { read: true, write: true, tags: true };
  readonly containers = new Map<string, MemoryContainer>();
  readonly snapshots = new MemorySnapshots(this);

  constructor(name: string, options: AccountOptions, world: MemoryWorld) {
    const { order = 'utf8', service = 'blob', pageEntries = serviceLimits.listPageObjects } = options;
    this.name = name;
    this.order = order;
    this.service = service;
    this.pageEntries = pageEntries;
    this.world = world;
  }

  addContainer(name: string): void {
    if (!this.containers.has(name)) this.containers.set(name, new MemoryContainer(this.world, this.order));
  }

  removeContainer(name: string): void {
    this.containers.delete(name);
  }

  put(container: string, key: string, object: MemoryPut = {}): string {
    this.addContainer(container);
    const found = this.#container(container);
    return this.service === 'blob'
      ? found.put(key, object)
      : putInShare(found, key, object, this.world.clock.now());
  }

  remove(container: string, key: string): void {
    this.containers.get(container)?.objects.delete(key);
  }

  set(container: string, key: string, to: Pick<MemoryPut, 'tags' | 'tier'>): void {
    const { objects } = this.#container(container);
    const object = objects.get(key);
    if (object !== undefined) objects.set(key, { ...object, ...to });
  }

  object(container: string, key: string): MemoryObject | undefined {
    return this.containers.get(container)?.objects.get(key);
  }

  keys(container: string): readonly string[] {
    return this.containers.get(container)?.sortedKeys() ?? [];
  }

  uncommitted(
    container: string,
    key: string,
  ): readonly { readonly id: string; readonly sizeBytes: number }[] {
    return this.containers.get(container)?.uncommitted(key) ?? [];
  }

  store(side?: Side): AccountStore {
    const readSide = side ?? 'source';
    const writeSide = side ?? 'destination';
    return {
      account: this.name,
      ...this.snapshots.source(),
      container: (name, snapshot): ContainerStore =>
        (this.service === 'files' ? openMemoryShare : openMemoryContainer)(
          this,
          this.snapshots.nameOf(name, snapshot),
          readSide,
          writeSide,
        ),
      listContainers: (token, signal) =>
        this.request('listContainers', '', '', signal, () => {
          this.require(this.permissions.read, readSide);
          const names = [...this.containers.keys()]
            .sort()
            .filter((name) => !this.snapshots.isSnapshot(name) && (token === undefined || name >= token));
          const next = names[5000];
          return { names: names.slice(0, 5000), ...(next === undefined ? {} : { next }) };
        }),
      createContainer: (name, signal) =>
        this.request('createContainer', name, '', signal, () => {
          this.require(this.permissions.write, writeSide);
          const created = !this.containers.has(name);
          this.addContainer(name);
          return created;
        }),
      containerExists: (name, signal) =>
        this.request('containerExists', name, '', signal, () => {
          this.require(this.permissions.read, readSide);
          return this.containers.has(name);
        }),
    };
  }

  request<T>(
    call: StoreCall,
    container: string,
    key: string,
    signal: AbortSignal,
    effect: () => T,
  ): Promise<T> {
    return this.world.request({ account: this.name, call, container, key }, signal, effect);
  }

  /** Refuses as a missing role does. */
  require(permitted: boolean, side: Side): void {
    if (!permitted) throw refusal(`${side}-role-missing`, 403, 'AuthorizationPermissionMismatch');
  }

  urlOf(container: string, key: string): string {
    return `https://${this.name}.memory.test/${container}/${encodeKey(key)}`;
  }

  #container(name: string): MemoryContainer {
    const container = this.containers.get(name);
    if (container === undefined) throw new Error(`the test has not made container ${name}`);
    return container;
  }
}

/** The code of what `action` throws, or undefined when it does not throw. */
export async function codeOf(action: Promise<unknown>): Promise<CopyErrorCode | undefined> {
  try {
    await action;
    return undefined;
  } catch (error) {
    if (isCopyError(error)) return error.code;
    throw error;
  }
}
