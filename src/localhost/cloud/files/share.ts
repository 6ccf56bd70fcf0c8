import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { ShareContent } from './content.js';
import type { DirectoryEntry, Entry, Metadata, SmbProperties } from './file-entry.js';
import type { Permission, ShareChange, ShareProperties, ShareSnapshot, ShareState } from './share-change.js';
import { applyChange, changesOf } from './share-change.js';
import type { ShareJournal } from './share-journal.js';
import { readChanges, rewriteJournal } from './share-journal.js';
import { rootId, ShareTree } from './share-tree.js';
import { preciseNow, timeOf } from './smb-properties.js';

/** What everything in a share inherits unless a request says otherwise. */
const DEFAULT_SDDL = 'O:SYG:SYD:(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)(A;OICIIO;GA;;;CO)';

/** One share, live and in its snapshots. Every change is in the journal before it is seen. */
export class Share {
  readonly name: string;
  readonly content: ShareContent;
  readonly #state: ShareState;
  readonly #journal: ShareJournal;
  #lastId = 0;
  #lastTick = 0;
  #isClosed = false;

  private constructor(name: string, directory: string, changes: readonly ShareChange[]) {
    this.name = name;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.#state = {
      properties: emptyProperties,
      generation: 1,
      tree: new ShareTree(),
      permissions: new Map(),
      snapshots: new Map(),
    };
    for (const change of changes) {
      applyChange(this.#state, change);
      if (change.op === 'put') this.#lastId = Math.max(this.#lastId, Number(change.entry.id));
    }
    this.content = new ShareContent(directory);
    this.content.sweep(this.#trees());
    // A share that is being made has no properties yet; without them it is none.
    this.#journal = rewriteJournal(directory, changes.length === 0 ? [] : changesOf(this.#state));
  }

  /** A share as its directory keeps it; undefined when it was never quite made. */
  static open(name: string, directory: string): Share | undefined {
    const changes = readChanges(directory);
    if (!changes.some((change) => change.op === 'share')) return undefined;
    const share = new Share(name, directory, changes);
    share.#failPendingCopies();
    return share;
  }

  static create(
    name: string,
    directory: string,
    properties: Omit<ShareProperties, 'etag' | 'lastModifiedMs'>,
  ): Share {
    const share = new Share(name, directory, []);
    const permissionKey = share.addPermission({ text: DEFAULT_SDDL, format: 'sddl' });
    const now = timeOf(preciseNow());
    const root: DirectoryEntry = {
      kind: 'directory',
      id: rootId,
      parentId: rootId,
      name: '',
      smb: {
        attributes: 'Directory',
        creationTime: now,
        lastWriteTime: now,
        changeTime: now,
        lastAccessTime: now,
        permissionKey,
      },
      metadata: [],
      ...share.stamp(),
    };
    share.commit({ op: 'put', entry: root });
    share.commit({ op: 'share', properties: { ...properties, ...share.stamp() }, generation: 1 });
    return share;
  }

  get properties(): ShareProperties {
    return this.#state.properties;
  }

  get tree(): ShareTree {
    return this.#state.tree;
  }

  get generation(): number {
    return this.#state.generation;
  }

  get snapshots(): readonly ShareSnapshot[] {
    return [...this.#state.snapshots.values()].sort((a, b) => (a.time < b.time ? -1 : 1));
  }

  snapshot(time: string): ShareSnapshot | undefined {
    return this.#state.snapshots.get(time);
  }

  commit(change: ShareChange): void {
    this.#journal.append(change);
    applyChange(this.#state, change);
  }

  /** Replaces the properties and gives them a new ETag. */
  setProperties(changed: Partial<ShareProperties>): void {
    const properties = { ...this.properties, ...changed, ...this.stamp() };
    this.commit({ op: 'share', properties, generation: this.generation });
  }

  newId(): string {
    return String(++this.#lastId);
  }

  /** ETag and Last-Modified of a change that happens now; no two are alike. */
  stamp(): { readonly etag: string; readonly lastModifiedMs: number } {
    const now = preciseNow();
    this.#lastTick = Math.max(this.#lastTick + 1, Math.floor(now * 1000));
    return {
      etag: `"0x8D${this.#lastTick.toString(16).toUpperCase().padStart(13, '0')}"`,
      lastModifiedMs: Math.floor(now),
    };
  }

  /** Takes out an entry, and deletes its bytes unless a snapshot has them. */
  remove(entry: Entry): void {
    this.commit({ op: 'remove', id: entry.id });
    const kept = this.snapshots.map(({ tree }) => tree.get(entry.id)).filter((found) => found !== undefined);
    this.content.release(entry, kept);
  }

  /** A snapshot of now, with its own metadata if there is some. Two never bear the same time. */
  takeSnapshot(metadata: Metadata): Pick<ShareSnapshot, 'time' | 'properties'> {
    let ms = preciseNow();
    while (this.#state.snapshots.has(timeOf(ms))) ms += 0.001;
    const time = timeOf(ms);
    const properties = metadata.length === 0 ? this.properties : { ...this.properties, metadata };
    this.commit({ op: 'snapshot', time, generation: this.generation, properties });
    return { time, properties };
  }

  dropSnapshot(time: string): void {
    this.commit({ op: 'dropSnapshot', time });
    this.content.sweep(this.#trees());
  }

  /** The key of a permission; the same text has one key in a share. */
  addPermission(permission: Permission): string {
    const number = createHash('sha256').update(permission.text).digest().readBigUInt64BE() >> 1n;
    const key = `${String(number)}*1`;
    if (!this.#state.permissions.has(key)) this.commit({ op: 'permission', key, permission });
    return key;
  }

  permission(key: string): Permission | undefined {
    return this.#state.permissions.get(key);
  }

  /** Bytes that are written, in live files. */
  usedBytes(): number {
    let bytes = 0;
    for (const entry of this.tree.all()) {
      if (entry.kind === 'file') for (const { start, end } of entry.extents) bytes += end - start;
    }
    return bytes;
  }

  /** Whether the share has been deleted, or the cloud stopped. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  close(): void {
    this.#isClosed = true;
    this.#journal.close();
  }

  #trees(): Iterable<Entry>[] {
    return [this.tree.all(), ...this.snapshots.map(({ tree }) => tree.all())];
  }

  /** Whoever copied has died. */
  #failPendingCopies(): void {
    for (const entry of [...this.tree.all()]) {
      if (entry.kind !== 'file' || entry.copy?.status !== 'pending') continue;
      const copy = {
        ...entry.copy,
        status: 'failed',
        description: '500 InternalError "Copy failed."',
      } as const;
      this.commit({ op: 'put', entry: { ...entry, ...this.stamp(), copy } });
    }
  }
}

const emptyProperties: ShareProperties = {
  etag: '',
  lastModifiedMs: 0,
  quotaGiB: 0,
  accessTier: '',
  metadata: [],
  policies: {},
};

/** The properties of something new below a directory. */
export function newSmbProperties(kind: Entry['kind'], parent: DirectoryEntry): SmbProperties {
  const now = timeOf(preciseNow());
  return {
    attributes: kind === 'directory' ? 'Directory' : 'Archive',
    creationTime: now,
    lastWriteTime: now,
    changeTime: now,
    lastAccessTime: now,
    permissionKey: parent.smb.permissionKey,
  };
}
