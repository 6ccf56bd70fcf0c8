import { CopyError } from '../../src/job/copy-error.js';
import { isAddressable } from '../../src/job/encode-key.js';
import type { StringMap } from '../../src/job/operation.js';
import type { Side } from '../../src/storage/side.js';
import type { MemoryContainer } from './memory-container.js';
import { refusal } from './memory-faults.js';
import type { StoreCall } from './memory-faults.js';
import type { AccountState } from './memory-store.js';

/** One container with the sides that its refusals name. */
export class MemoryView {
  readonly account: AccountState;
  readonly name: string;
  readonly readSide: Side;
  readonly writeSide: Side;

  constructor(account: AccountState, name: string, readSide: Side, writeSide: Side) {
    this.account = account;
    this.name = name;
    this.readSide = readSide;
    this.writeSide = writeSide;
  }

  async ask<T>(call: StoreCall, key: string, signal: AbortSignal, effect: () => T): Promise<T> {
    if (call !== 'list' && call !== 'createPermission') requireAddressable(key);
    return this.account.request(call, this.name, key, signal, effect);
  }

  reading(tags: boolean | undefined, side: Side = this.readSide): MemoryContainer {
    this.account.require(this.account.permissions.read, side);
    if (tags === true && !this.account.permissions.tags) throw tagsRefused();
    return this.#held(side);
  }

  writing(tags: StringMap = {}): MemoryContainer {
    this.account.require(this.account.permissions.write, this.writeSide);
    if (Object.keys(tags).length > 0 && !this.account.permissions.tags) throw tagsRefused();
    return this.#held(this.writeSide);
  }

  #held(side: Side): MemoryContainer {
    const container = this.account.containers.get(this.name);
    if (container === undefined) throw refusal(`${side}-container-not-found`, 404, 'ContainerNotFound');
    return container;
  }
}

function tagsRefused(): CopyError {
  return refusal('tags-not-permitted', 403, 'AuthorizationPermissionMismatch');
}

export function requireAddressable(key: string): void {
  if (!isAddressable(key))
    throw new CopyError('name-not-addressable', 'no URL has this name', { retryable: false });
}
