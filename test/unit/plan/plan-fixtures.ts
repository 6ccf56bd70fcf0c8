import type { KeyOrder } from '../../../src/job/account.js';
import type { JobSpec } from '../../../src/job/job-spec.js';
import { keyComparator } from '../../../src/plan/key-order.js';
import { blobCapabilities } from '../../../src/storage/capabilities.js';
import type { ListedObject, ListOptions, ListPage, ObjectStore } from '../../../src/storage/store.js';
import { defaultSpec } from '../../support/default-spec.js';

/** An object of a listing; a block blob of 10 bytes unless told otherwise. */
export function listed(key: string, changes: Partial<ListedObject> = {}): ListedObject {
  return {
    key,
    sizeBytes: 10,
    etag: `"${key}-1"`,
    lastModified: '2026-01-01T00:00:00.000Z',
    blobType: 'BlockBlob',
    properties: {},
    metadata: {},
    ...changes,
  };
}

/** A spec that copies all of container `from` to container `to`. */
export function specOf(changes: Partial<JobSpec> = {}): JobSpec {
  return {
    source: {
      kind: 'prefix',
      location: { account: 'one', container: 'from', prefix: '' },
      base: '',
      recursive: true,
    },
    destination: { account: 'two', container: 'to', prefix: '' },
    ...defaultSpec,
    singleShotBytes: 1000,
    maxInFlight: 8,
    ...changes,
  };
}

export interface PagedStoreOptions {
  readonly container?: string;
  readonly pageSize?: number;
  readonly order?: KeyOrder;
  readonly tags?: boolean;
  readonly tiers?: boolean;
  /** Hand out the objects as they are given, in whatever order. */
  readonly unsorted?: boolean;
  /** Called before each page is answered. */
  readonly onList?: (request: ListOptions) => void | Promise<void>;
}

/** A store of which planning uses no more than this. */
export abstract class ListedStore {
  objects: ListedObject[];

  constructor(objects: readonly ListedObject[]) {
    this.objects = [...objects];
  }

  protected found(key: string): Promise<ListedObject | undefined> {
    return Promise.resolve(this.objects.find((object) => object.key === key));
  }

  source(): never {
    throw new Error('planning never copies');
  }

  copyFrom(): never {
    throw new Error('planning never copies');
  }

  delete(): never {
    throw new Error('planning never deletes');
  }
}

/** A store that only lists, in pages, and notes what it was asked. A token stays valid while objects come and go. */
export class PagedStore extends ListedStore implements ObjectStore {
  readonly account = 'memory';
  readonly container: string;
  readonly capabilities;
  readonly lists: ListOptions[] = [];
  readonly stats: string[] = [];
  readonly statTags: (boolean | undefined)[] = [];
  private readonly options: PagedStoreOptions;

  constructor(objects: readonly ListedObject[], options: PagedStoreOptions = {}) {
    const order = options.order ?? 'utf8';
    const compare = keyComparator(order);
    super(options.unsorted === true ? objects : [...objects].sort((a, b) => compare(a.key, b.key)));
    this.options = options;
    this.container = options.container ?? 'c';
    this.capabilities = {
      ...blobCapabilities(order),
      tags: options.tags ?? true,
      tiers: options.tiers ?? true,
    };
  }

  async list(request: ListOptions): Promise<ListPage> {
    this.lists.push(request);
    await this.options.onList?.(request);
    request.signal.throwIfAborted();
    const size = this.options.pageSize ?? 5000;
    const below = this.objects.filter(({ key }) => key.startsWith(request.prefix));
    const found = below.findIndex(({ key }) => key === request.token);
    const start = request.token === undefined ? 0 : found;
    const objects = below.slice(start, start + size);
    const next = below[start + size]?.key;
    return { objects, ...(next === undefined ? {} : { next }) };
  }

  listDirectory(): never {
    throw new Error('a flat listing is not asked by directory');
  }

  stat(
    key: string,
    options: { readonly tags?: boolean; readonly signal: AbortSignal },
  ): Promise<ListedObject | undefined> {
    this.stats.push(key);
    this.statTags.push(options.tags);
    return this.found(key);
  }
}
