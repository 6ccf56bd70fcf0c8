import { CopyError } from '../../src/job/copy-error.js';
import type { SmbProperties } from '../../src/job/operation.js';
import { filesCapabilities } from '../../src/storage/capabilities.js';
import { blockRefusals } from '../../src/storage/refusals.js';
import type { Side } from '../../src/storage/side.js';
import type {
  ByteRange,
  ContainerStore,
  CopySource,
  DirectoryOptions,
  FileSettings,
  ListPage,
} from '../../src/storage/store.js';
import type { MemoryContainer } from './memory-container.js';
import { refusal } from './memory-faults.js';
import {
  contentSize,
  filesTime,
  hole,
  isReadOnly,
  pageOf,
  receiptOf,
  sliceContent,
  spliceContent,
  storedRanges,
  toListed,
} from './memory-object.js';
import type { MemoryObject, MemoryPut } from './memory-object.js';
import type { AccountState } from './memory-store.js';
import { MemoryView } from './memory-view.js';

/** A share of the account as product code sees it: parents must be there, nothing is pinned, files are filled by ranges. */
export function openMemoryShare(
  account: AccountState,
  name: string,
  readSide: Side,
  writeSide: Side,
): ContainerStore {
  const view = new MemoryView(account, name, readSide, writeSide);
  return { ...readerOf(view), ...filesOf(view), ...directoriesOf(view), ...blockRefusals };
}

function readerOf(
  view: MemoryView,
): Pick<
  ContainerStore,
  'account' | 'container' | 'capabilities' | 'listDirectory' | 'stat' | 'source' | 'delete'
> {
  const { account, name } = view;
  return {
    account: account.name,
    container: name,
    capabilities: { ...filesCapabilities, frozen: account.snapshots.isSnapshot(name) },
    listDirectory: (options) =>
      view.ask('list', options.directory, options.signal, () =>
        listDirectory(view.reading(false), options, account.pageEntries),
      ),
    stat: (key, { signal }) =>
      view.ask('stat', key, signal, () => {
        const object = view.reading(false).objects.get(key);
        return object === undefined ? undefined : toListed(key, object, false);
      }),
    source: (key, etag) => ({ url: account.urlOf(name, key), etag, service: 'files' }),
    delete: (key, _etag, signal) =>
      view.ask('delete', key, signal, () => {
        const container = view.writing();
        const object = container.objects.get(key);
        if (object === undefined) throw refusal('destination-changed', 404, 'ResourceNotFound');
        requireWritable(object);
        container.remove(key);
        return { requestId: 'memory-delete' };
      }),
  };
}

function filesOf(
  view: MemoryView,
): Pick<ContainerStore, 'createFile' | 'putRangeFrom' | 'setFile' | 'listRanges'> {
  const { world } = view.account;
  return {
    createFile: (key, sizeBytes, settings, signal) =>
      view.ask('createFile', key, signal, () => {
        const container = view.writing();
        requireParent(container, key);
        const present = container.objects.get(key);
        if (present !== undefined) requireWritable(present);
        return receiptOf(container.write(key, newEntry(view, settings, hole(0, sizeBytes))));
      }),
    putRangeFrom: (key, source, range, signal) =>
      view.ask('putRangeFrom', key, signal, () => {
        const container = view.writing();
        const file = fileAt(container, key);
        requireWritable(file);
        const { sizeBytes, ...rest } = file;
        const part = sliceContent(sourceOf(view, source).content, range.offset, range.sizeBytes);
        if (contentSize(part) !== range.sizeBytes || range.offset + range.sizeBytes > sizeBytes) {
          throw refusal('bad-request', 416, 'InvalidRange');
        }
        return receiptOf(
          container.write(key, { ...rest, content: spliceContent(file.content, part, range) }),
        );
      }),
    setFile: (key, settings, signal) =>
      view.ask('setFile', key, signal, () => {
        const container = view.writing();
        return receiptOf(container.write(key, changed(fileAt(container, key), view, settings)));
      }),
    listRanges: (key, signal) =>
      view.ask('listRanges', key, signal, () => {
        const stored: readonly ByteRange[] = storedRanges(fileAt(view.reading(false), key).content);
        return stored;
      }),
  };

  function sourceOf(of: MemoryView, source: CopySource): MemoryObject {
    const object = world.resolve(source.url);
    if (source.service !== 'files' && object.etag !== source.etag) {
      throw refusal('source-changed', 412, `ConditionNotMet at ${of.name}`);
    }
    return object;
  }
}

function directoriesOf(
  view: MemoryView,
): Pick<ContainerStore, 'createDirectory' | 'setDirectory' | 'readPermission' | 'createPermission'> {
  return {
    createDirectory: (path, settings, signal) =>
      view.ask('createDirectory', path, signal, () => {
        const container = view.writing();
        requireParent(container, path.slice(0, -1));
        if (container.objects.has(path)) return false;
        container.write(path, newEntry(view, settings, []));
        return true;
      }),
    setDirectory: (path, settings, signal) =>
      view.ask('setDirectory', path, signal, () => {
        const container = view.writing();
        return receiptOf(container.write(path, changed(fileAt(container, path), view, settings)));
      }),
    readPermission: (permissionKey, signal) =>
      view.ask('readPermission', permissionKey, signal, () => {
        view.reading(false);
        return `O:${permissionKey}`;
      }),
    createPermission: (descriptor, signal) =>
      view.ask('createPermission', descriptor, signal, () => {
        view.writing();
        return `${descriptor} at ${view.account.name}`;
      }),
  };
}

/** Puts a file, or a directory, past the service, with the directories above it. */
export function putInShare(container: MemoryContainer, key: string, put: MemoryPut, nowMs: number): string {
  const now = filesTime(nowMs);
  const plain = { attributes: 'Archive', creationTime: now, lastWriteTime: now, permissionKey: '1*1' };
  const parents = key.replace(/\/$/, '').split('/').slice(0, -1);
  for (const depth of parents.keys()) {
    const path = `${parents.slice(0, depth + 1).join('/')}/`;
    if (!container.objects.has(path)) container.put(path, { sizeBytes: 0, md5: 'none', smb: plain });
  }
  return container.put(key, { ...put, smb: { ...plain, ...put.smb } });
}

type Entry = Parameters<MemoryContainer['write']>[1];

function newEntry(view: MemoryView, settings: FileSettings, content: MemoryObject['content']): Entry {
  const now = filesTime(view.account.world.clock.now());
  const { smb = {}, properties = {}, metadata = {}, md5 } = settings;
  return {
    content,
    blobType: 'BlockBlob',
    properties,
    metadata,
    tags: {},
    ...(md5 === undefined ? {} : { md5 }),
    smb: timed({ attributes: 'Archive', creationTime: now, lastWriteTime: now, ...smb }, now),
  };
}

/** Set File Properties: times that are absent stay; HTTP properties that are absent are cleared, metadata is not. */
function changed(
  { sizeBytes: _of, ...before }: MemoryObject,
  view: MemoryView,
  settings: FileSettings,
): Entry {
  const now = filesTime(view.account.world.clock.now());
  const { md5: _former, ...rest } = before;
  return {
    ...rest,
    properties: settings.properties ?? {},
    ...(settings.md5 === undefined ? {} : { md5: settings.md5 }),
    smb: timed({ ...before.smb, ...settings.smb }, now),
  };
}

function timed(smb: SmbProperties, now: string): SmbProperties {
  const { creationTime, lastWriteTime } = smb;
  return {
    ...smb,
    ...(creationTime === 'now' ? { creationTime: now } : {}),
    ...(lastWriteTime === 'now' ? { lastWriteTime: now } : {}),
  };
}

function fileAt(container: MemoryContainer, key: string): MemoryObject {
  const file = container.objects.get(key);
  if (file === undefined) throw refusal('bad-request', 404, 'ResourceNotFound');
  return file;
}

function requireWritable(object: MemoryObject): void {
  if (isReadOnly(object)) throw refusal('destination-read-only', 409, 'ReadOnlyAttribute');
}

function requireParent(container: MemoryContainer, key: string): void {
  const parent = key.slice(0, key.lastIndexOf('/') + 1);
  if (parent !== '' && !container.objects.has(parent)) throw refusal('bad-request', 404, 'ParentNotFound');
}

/** In descending order, for nobody may rely on another. */
function listDirectory(container: MemoryContainer, options: DirectoryOptions, most: number): ListPage {
  const { directory } = options;
  if (directory !== '' && !container.objects.has(directory)) {
    throw new CopyError('source-not-found', 'no directory', { retryable: false, status: 404 });
  }
  const all = [...container.sortedKeys()].reverse().flatMap((key) => {
    const object = container.objects.get(key);
    const isDirectlyIn = key.startsWith(directory) && /^[^/]+\/?$/.test(key.slice(directory.length));
    if (!isDirectlyIn || object === undefined) return [];
    const { md5: _unlisted, ...listed } = toListed(key, object, false);
    return [{ ...listed, unlisted: true, properties: {}, metadata: {} }];
  });
  return pageOf(all, options, most);
}
