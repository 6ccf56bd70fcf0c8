import { CopyError } from '../../src/job/copy-error.js';
import type { SmbProperties } from '../../src/job/operation.js';
import { filesCapabilities } from '../../src/storage/capabilities.js';
import { blockRefusals, snapshotRefusals } from '../../src/storage/refusals.js';
import type {
  AccountStore,
  ByteRange,
  ContainerStore,
  CopyReceipt,
  FileSettings,
  ListedObject,
} from '../../src/storage/store.js';
import { refusal } from './memory-faults.js';

/** A file or directory; content is what was copied where, never bytes. */
export interface MemoryFile {
  sizeBytes: number;
  etag: string;
  lastModified: string;
  settings: FileSettings;
  /** Source URL and version of each range, by offset. */
  readonly ranges: Map<number, { readonly sizeBytes: number; readonly from: string; readonly etag: string }>;
}

/** One share in memory that behaves as Azure Files does: parents must be there, nothing is pinned. */
export class MemoryShare {
  readonly account: string;
  readonly files = new Map<string, MemoryFile>();
  readonly calls: string[] = [];
  /** Runs before each range is written: the world changes at the worst moment. */
  beforeRange: (key: string, range: ByteRange) => void = () => undefined;
  /** Waited for before each directory is made: a worker is held up. */
  beforeDirectory: () => Promise<void> = () => Promise.resolve();
  #versions = 0;

  constructor(account: string) {
    this.account = account;
  }

  put(key: string, sizeBytes: number, smb: SmbProperties = {}, stored?: readonly ByteRange[]): string {
    const file = this.#write(key, sizeBytes, { smb });
    for (const range of stored ?? (sizeBytes === 0 ? [] : [{ offset: 0, sizeBytes }])) {
      file.ranges.set(range.offset, { ...range, from: key, etag: file.etag });
    }
    const parents = key.split('/').slice(0, -1);
    for (const depth of parents.keys()) {
      const path = `${parents.slice(0, depth + 1).join('/')}/`;
      if (!this.files.has(path)) this.#write(path, 0, {});
    }
    return file.etag;
  }

  store(): AccountStore {
    const { account } = this;
    return {
      ...snapshotRefusals,
      account,
      container: () => this.container(),
      listContainers: () => Promise.resolve({ names: ['share'] }),
      createContainer: () => Promise.resolve(false),
      containerExists: () => Promise.resolve(true),
    };
  }

  container(): ContainerStore {
    const told = <T>(call: string, effect: () => T): Promise<T> => {
      this.calls.push(call);
      return new Promise((resolve) => {
        resolve(effect());
      });
    };
    return {
      ...blockRefusals,
      account: this.account,
      container: 'share',
      capabilities: filesCapabilities,
      listDirectory: ({ directory }) => told('list', () => ({ objects: this.#list(directory) })),
      stat: (key) => told('stat', () => this.#listed(key, false)),
      source: (key, etag) => ({
        url: `https://${this.account}.memory.test/share/${key}`,
        etag,
        service: 'files',
      }),
      delete: (key) => told('delete', () => (this.files.delete(key), { requestId: 'd' })),
      createFile: (key, sizeBytes, settings) =>
        told('create', () => {
          this.#requireParent(key);
          return receipt(this.#write(key, sizeBytes, settings));
        }),
      putRangeFrom: (key, source, range) =>
        told('range', () => {
          this.beforeRange(key, range);
          const file = this.#file(key);
          file.ranges.set(range.offset, { sizeBytes: range.sizeBytes, from: source.url, etag: source.etag });
          return receipt(this.#touch(file));
        }),
      setFile: (key, settings) => told('set', () => receipt(this.#set(key, settings))),
      listRanges: (key) =>
        told('ranges', () =>
          joined([...this.#file(key).ranges].map(([offset, { sizeBytes }]) => ({ offset, sizeBytes }))),
        ),
      createDirectory: async (path, settings) => {
        await this.beforeDirectory();
        return told('mkdir', () => {
          this.#requireParent(path.slice(0, -1));
          if (this.files.has(path) || this.files.has(path.slice(0, -1))) return false;
          this.#write(path, 0, settings);
          return true;
        });
      },
      setDirectory: (path, settings) => told('setdir', () => receipt(this.#set(path, settings))),
      readPermission: (key) => told('readPermission', () => `sddl ${key}`),
      createPermission: (descriptor) => told('createPermission', () => `key of ${descriptor}`),
    };
  }

  #write(key: string, sizeBytes: number, settings: FileSettings): MemoryFile {
    const file = { sizeBytes, etag: '', lastModified: '', settings, ranges: new Map() };
    this.files.set(key, this.#touch(file));
    return file;
  }

  #touch(file: MemoryFile): MemoryFile {
    this.#versions += 1;
    file.etag = `"${String(this.#versions)}"`;
    file.lastModified = new Date().toISOString();
    return file;
  }

  #set(key: string, settings: FileSettings): MemoryFile {
    const file = this.#file(key);
    file.settings = { ...file.settings, ...settings, smb: { ...file.settings.smb, ...settings.smb } };
    return this.#touch(file);
  }

  #file(key: string): MemoryFile {
    const file = this.files.get(key);
    if (file === undefined) throw refusal('bad-request', 404, 'ResourceNotFound');
    return file;
  }

  #requireParent(key: string): void {
    const parent = key.slice(0, key.lastIndexOf('/') + 1);
    if (parent !== '' && !this.files.has(parent)) throw refusal('bad-request', 404, 'ParentNotFound');
  }

  #list(directory: string): readonly ListedObject[] {
    if (directory !== '' && !this.files.has(directory)) {
      throw new CopyError('source-not-found', 'no directory', { retryable: false, status: 404 });
    }
    return [...this.files.keys()]
      .filter((key) => key.startsWith(directory) && /^[^/]+\/?$/.test(key.slice(directory.length)))
      .flatMap((key) => this.#listed(key, true) ?? []);
  }

  #listed(key: string, unlisted: boolean): ListedObject | undefined {
    const file = this.files.get(key);
    if (file === undefined) return undefined;
    const { sizeBytes, etag, lastModified, settings } = file;
    const { properties = {}, metadata = {}, smb = {} } = unlisted ? { smb: settings.smb ?? {} } : settings;
    const kind = key.endsWith('/') ? { kind: 'directory' as const } : {};
    const base = {
      key,
      sizeBytes,
      etag,
      lastModified,
      blobType: 'BlockBlob' as const,
      properties,
      metadata,
      smb,
    };
    return { ...base, ...kind, ...(unlisted ? { unlisted } : {}) };
  }
}

function joined(ranges: readonly ByteRange[]): readonly ByteRange[] {
  const sorted = [...ranges].sort((a, b) => a.offset - b.offset);
  const found: ByteRange[] = [];
  for (const range of sorted) {
    const last = found.at(-1);
    if (last !== undefined && last.offset + last.sizeBytes === range.offset) {
      found[found.length - 1] = { offset: last.offset, sizeBytes: last.sizeBytes + range.sizeBytes };
    } else {
      found.push(range);
    }
  }
  return found;
}

function receipt({ etag, lastModified }: MemoryFile): CopyReceipt {
  return { etag, lastModified, requestId: `r-${etag}` };
}
