import { CopyError } from '../../../src/job/copy-error.js';
import type { SmbProperties } from '../../../src/job/operation.js';
import { blobCapabilities, filesCapabilities } from '../../../src/storage/capabilities.js';
import type { DirectoryOptions, ListedObject, ListPage, ObjectStore } from '../../../src/storage/store.js';
import { listed, ListedStore } from './plan-fixtures.js';

/** A file of a share as its listing tells it. */
export function file(
  key: string,
  smb: SmbProperties = {},
  changes: Partial<ListedObject> = {},
): ListedObject {
  return listed(key, { unlisted: true, smb, ...changes });
}

/** A store that only lists by directory, in an order that is of no use, and notes what it was asked. */
export class TreeStore extends ListedStore implements ObjectStore {
  readonly account = 'memory';
  readonly container = 'share';
  readonly capabilities;
  readonly asked: string[] = [];
  pageSize = 3;
  /** Directories of a share are there or not; those of the Blob service are only names. */
  private readonly kind: 'files' | 'blob';

  /** `objects`: files, and directories whose keys end in `/`. */
  constructor(objects: readonly ListedObject[], kind: 'files' | 'blob' = 'files') {
    super(objects);
    this.kind = kind;
    this.capabilities = kind === 'files' ? filesCapabilities : blobCapabilities('utf8');
  }

  listDirectory({ directory, token = '0' }: DirectoryOptions): Promise<ListPage> {
    this.asked.push(directory);
    const below = this.objects.filter(({ key }) => key.startsWith(directory));
    if (this.kind === 'files' && directory !== '' && below.length === 0) {
      return Promise.reject(
        new CopyError('source-not-found', 'no such directory', { retryable: false, status: 404 }),
      );
    }
    const all = this.entriesOf(directory, below).reverse();
    const from = Number(token);
    const next = from + this.pageSize;
    return Promise.resolve({
      objects: all.slice(from, next),
      ...(next < all.length ? { next: String(next) } : {}),
    });
  }

  private entriesOf(directory: string, below: readonly ListedObject[]): ListedObject[] {
    const entries = new Map<string, ListedObject>();
    for (const object of below) {
      const slash = object.key.indexOf('/', directory.length);
      const name = slash === -1 ? object.key : object.key.slice(0, slash + 1);
      if (name === directory && this.kind === 'files') continue;
      const child = slash === -1 || name === directory ? object : this.directoryOf(name);
      if (!entries.has(name)) entries.set(name, child);
    }
    return [...entries.values()];
  }

  list(): never {
    throw new Error('a tree is not listed flat');
  }

  stat(key: string): Promise<ListedObject | undefined> {
    return this.found(key);
  }

  private directoryOf(key: string): ListedObject {
    const nameOnly = { etag: '', lastModified: '' };
    const own =
      this.kind === 'files' ? this.objects.find((object) => object.key === key) : listed(key, nameOnly);
    return { ...(own ?? listed(key, { smb: {} })), kind: 'directory', sizeBytes: 0 };
  }
}
