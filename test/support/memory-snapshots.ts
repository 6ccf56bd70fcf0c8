import type { SnapshotSource } from '../../src/storage/store.js';
import { MemoryContainer } from './memory-container.js';
import { refusal } from './memory-faults.js';
import type { AccountState } from './memory-store.js';

interface Snapshot {
  readonly container: string;
  readonly time: string;
  readonly job: string;
}

/** Snapshots of containers in memory: each is a container of its own, under a name that no container can bear. */
export class MemorySnapshots {
  /** Told of what a request has just done, before its reply is on its way. */
  onEvent: (event: 'created' | 'listed' | 'deleted', snapshot: Snapshot) => void = () => undefined;
  readonly #account: AccountState;
  readonly #taken = new Map<string, Snapshot>();

  constructor(account: AccountState) {
    this.#account = account;
  }

  /** Those that are there now, for the test's own eyes. */
  get all(): readonly Snapshot[] {
    return [...this.#taken.values()];
  }

  /** Where the objects of a snapshot are kept. */
  nameOf(container: string, time: string | undefined): string {
    return time === undefined ? container : `${container}@${time}`;
  }

  isSnapshot(name: string): boolean {
    return this.#taken.has(name);
  }

  source(): SnapshotSource {
    const account = this.#account;
    return {
      createSnapshot: (container, job, signal) =>
        account.request('createSnapshot', container, '', signal, () => {
          account.require(account.permissions.read, 'source');
          const found = account.containers.get(container);
          if (found === undefined) throw refusal('source-container-not-found', 404, 'ShareNotFound');
          let ms = account.world.clock.now();
          while (this.#taken.has(this.nameOf(container, new Date(ms).toISOString()))) ms += 1;
          const time = new Date(ms).toISOString();
          const frozen = new MemoryContainer(account.world, account.order);
          for (const [key, object] of found.objects) frozen.objects.set(key, object);
          account.containers.set(this.nameOf(container, time), frozen);
          const snapshot = { container, time, job };
          this.#taken.set(this.nameOf(container, time), snapshot);
          this.onEvent('created', snapshot);
          return time;
        }),
      listSnapshots: ({ prefix }, signal) =>
        account.request('listSnapshots', prefix, '', signal, () => {
          account.require(account.permissions.read, 'source');
          const snapshots = this.all.filter(({ container }) => container.startsWith(prefix));
          for (const snapshot of snapshots) this.onEvent('listed', snapshot);
          return { snapshots };
        }),
      deleteSnapshot: (container, time, signal) =>
        account.request('deleteSnapshot', container, '', signal, () => {
          account.require(account.permissions.read, 'source');
          const name = this.nameOf(container, time);
          const snapshot = this.#taken.get(name);
          this.#taken.delete(name);
          account.containers.delete(name);
          if (snapshot !== undefined) this.onEvent('deleted', snapshot);
        }),
    };
  }
}
