import { CopyError, isCopyError } from '../job/copy-error.js';
import type { FileSettings, FileTarget, ObjectStore } from '../storage/store.js';
import type { SourceStore } from './context.js';
import type { Retry } from './retry.js';

type Target = FileTarget & Pick<ObjectStore, 'account' | 'container'>;

/** Permission keys of destination shares, by what they stand for at the source. */
export type PermissionKeys = Map<string, Promise<string>>;

const mostPermissions = 10_000;

/**
 * What has been made in shares: each directory is created once by a slice, each security descriptor read once at the source
 * and created once at the destination, also by the slices that are given the same `permissions`. What fails is forgotten, and
 * asked again by the next in need; of many permissions the oldest are forgotten, too.
 */
export class FileKeeper {
  readonly #directories = new Map<string, Promise<boolean>>();
  readonly #permissions: PermissionKeys;

  constructor(permissions: PermissionKeys = new Map()) {
    this.#permissions = permissions;
  }

  /** Makes the directories above a key from the one behind the first `present` on; those are taken to be there. */
  async makeParents(key: string, present: number, parts: Parts): Promise<void> {
    const components = key.replace(/\/$/, '').split('/').slice(0, -1);
    for (let depth = present + 1; depth <= components.length; depth += 1) {
      await this.makeDirectory(`${components.slice(0, depth).join('/')}/`, {}, parts);
    }
  }

  /** True when it was made just now with these settings; false when it was there. Makes it at most once. */
  async makeDirectory(path: string, settings: FileSettings, parts: Parts): Promise<boolean> {
    const name = nameOf(parts.destination, path);
    const known = this.#directories.get(name);
    if (known !== undefined) {
      await known;
      return false;
    }
    const made = parts.retry.write(() => parts.destination.createDirectory(path, settings, parts.signal));
    this.#directories.set(name, made);
    return forgetFailure(made, this.#directories, name);
  }

  /** The destination share's key for the security descriptor that the source share's key names. */
  async permission(permissionKey: string, source: SourceStore, parts: Parts): Promise<string> {
    const { destination, retry, signal } = parts;
    if (source.account === destination.account && source.container === destination.container) {
      return permissionKey;
    }
    const name = JSON.stringify([nameOf(source, permissionKey), nameOf(destination, '')]);
    const known = this.#permissions.get(name);
    if (known !== undefined) {
      try {
        return await known;
      } catch (error) {
        const isOthersEnd = isCopyError(error) && error.code === 'aborted' && !signal.aborted;
        if (!isOthersEnd) throw error;
        return this.permission(permissionKey, source, parts);
      }
    }
    const carried = retry
      .read(() => readPermission(source, permissionKey, signal))
      .then((descriptor) => retry.write(() => destination.createPermission(descriptor, signal)));
    this.#permissions.set(name, carried);
    const [oldest] = this.#permissions.keys();
    if (this.#permissions.size > mostPermissions && oldest !== undefined) this.#permissions.delete(oldest);
    return forgetFailure(carried, this.#permissions, name);
  }
}

function readPermission(source: SourceStore, permissionKey: string, signal: AbortSignal): Promise<string> {
  if (source.readPermission !== undefined) return source.readPermission(permissionKey, signal);
  return Promise.reject(new CopyError('unsupported', 'the source has no permissions', { retryable: false }));
}

interface Parts {
  readonly destination: Target;
  readonly retry: Retry;
  readonly signal: AbortSignal;
}

function nameOf({ account, container }: Pick<ObjectStore, 'account' | 'container'>, text: string): string {
  return JSON.stringify([account, container, text]);
}

async function forgetFailure<T>(work: Promise<T>, known: Map<string, Promise<T>>, name: string): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (known.get(name) === work) known.delete(name);
    throw error;
  }
}

/** A file cannot be made because a directory above it is not there. */
export function lacksParent(error: unknown): boolean {
  return isCopyError(error) && error.serviceCode === 'ParentNotFound';
}
