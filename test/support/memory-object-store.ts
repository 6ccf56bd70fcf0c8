import { CopyError } from '../../src/job/copy-error.js';
import { serviceLimits } from '../../src/job/limits.js';
import { blobCapabilities } from '../../src/storage/capabilities.js';
import { fileRefusals } from '../../src/storage/refusals.js';
import type { Side } from '../../src/storage/side.js';
import type {
  ContainerStore,
  BlockTarget,
  CopyReceipt,
  CopySource,
  DirectoryOptions,
  ListedObject,
  ListOptions,
  ListPage,
  ObjectStore,
  TierTarget,
  WritePin,
  WriteSettings,
} from '../../src/storage/store.js';
import type { MemoryContainer } from './memory-container.js';
import { refusal } from './memory-faults.js';
import {
  compareKeys,
  contentSize,
  joinContent,
  md5OfContent,
  pageOf,
  receiptOf,
  sliceContent,
  toListed,
} from './memory-object.js';
import type { MemoryObject } from './memory-object.js';
import type { AccountState, MemoryWorld } from './memory-store.js';
import { MemoryView, requireAddressable } from './memory-view.js';

/** A container of the account as product code sees it. */
export function openMemoryContainer(
  account: AccountState,
  name: string,
  readSide: Side,
  writeSide: Side,
): ContainerStore {
  const view = new MemoryView(account, name, readSide, writeSide);
  return { ...coreOf(view), ...blocksOf(view), ...tiersOf(view), ...fileRefusals };
}

function coreOf(view: MemoryView): ObjectStore {
  const { account } = view;
  return {
    account: account.name,
    container: view.name,
    capabilities: blobCapabilities(account.order),
    list: (options) =>
      view.ask('list', options.prefix, options.signal, () => listPage(view.reading(options.tags), options)),
    listDirectory: (options) =>
      view.ask('list', options.directory, options.signal, () =>
        listDirectory(view.reading(options.tags), options, account.pageEntries),
      ),
    stat: (key, options) =>
      view.ask('stat', key, options.signal, () => {
        const object = view.reading(options.tags).objects.get(key);
        return object === undefined ? undefined : toListed(key, object, options.tags ?? false);
      }),
    source: (key, etag) => {
      requireAddressable(key);
      const url = account.urlOf(view.name, key);
      if (url.length > serviceLimits.copySourceUrlBytes) {
        throw new CopyError('copy-source-too-long', 'the URL is too long', { retryable: false });
      }
      return { url, etag };
    },
    copyFrom: (key, source, pin, settings, signal) =>
      view.ask('copyFrom', key, signal, () =>
        copyWhole(account.world, view.writing(settings.tags), { key, source, pin, settings }),
      ),
    delete: (key, etag, signal) =>
      view.ask('delete', key, signal, () => {
        const container = view.writing();
        if (!container.objects.has(key)) throw refusal('destination-changed', 404, 'BlobNotFound');
        container.demand(key, { etag });
        container.remove(key);
        return { requestId: 'memory-delete' };
      }),
  };
}

function tiersOf(view: MemoryView): TierTarget {
  return {
    setTier: (key, tier, signal) =>
      view.ask('setTier', key, signal, () => {
        const { objects } = view.writing();
        const object = objects.get(key);
        if (object === undefined) throw refusal('bad-request', 404, 'BlobNotFound');
        objects.set(key, { ...object, tier });
        return { requestId: 'memory-tier' };
      }),
  };
}

function blocksOf(view: MemoryView): BlockTarget {
  return {
    stageFrom: (key, id, source, range, signal) =>
      view.ask('stageFrom', key, signal, () => {
        const container = view.writing();
        const content = sliceContent(
          pinned(view.account.world, source).content,
          range.offset,
          range.sizeBytes,
        );
        if (contentSize(content) !== range.sizeBytes || range.sizeBytes === 0) {
          throw refusal('bad-request', 416, 'InvalidRange');
        }
        container.stage(key, { id, content });
        return { requestId: 'memory-stage' };
      }),
    listBlocks: (key, signal) =>
      view.ask('listBlocks', key, signal, () => {
        const container = view.reading(false, view.writeSide);
        const etag = container.objects.get(key)?.etag;
        const lists = { committed: container.committed(key), uncommitted: container.uncommitted(key) };
        return etag === undefined ? lists : { ...lists, etag };
      }),
    commit: (key, ids, pin, settings, signal) =>
      view.ask('commit', key, signal, () =>
        commitBlocks(view.writing(settings.tags), { key, ids, pin, settings }),
      ),
  };
}

interface Commit {
  readonly key: string;
  readonly ids: readonly string[];
  readonly pin: WritePin;
  readonly settings: WriteSettings;
}

function commitBlocks(container: MemoryContainer, commit: Commit): CopyReceipt {
  const { key, settings } = commit;
  container.demand(key, commit.pin);
  const blocks = container.blocks(key, commit.ids);
  const draft = {
    content: joinContent(blocks.map((block) => block.content)),
    blobType: 'BlockBlob' as const,
    ...(settings.md5 === undefined ? {} : { md5: settings.md5 }),
    ...(settings.tier === undefined ? {} : { tier: settings.tier }),
    properties: settings.properties ?? {},
    metadata: settings.metadata ?? {},
    tags: settings.tags ?? {},
  };
  return receiptOf(container.write(key, draft, blocks));
}

function pinned(world: MemoryWorld, source: CopySource): MemoryObject {
  const object = world.resolve(source.url);
  if (source.service !== 'files' && object.etag !== source.etag)
    throw refusal('source-changed', 412, 'SourceConditionNotMet');
  return object;
}

function listPage(container: MemoryContainer, options: ListOptions): ListPage {
  const keys = container.sortedKeys().filter((key) => key.startsWith(options.prefix));
  const start = options.token === undefined ? 0 : keys.findIndex((key) => key === options.token);
  const from = options.token !== undefined && start === -1 ? afterToken(keys, options.token) : start;
  const limit = Math.min(options.limit ?? serviceLimits.listPageObjects, serviceLimits.listPageObjects);
  const objects = keys.slice(from, from + limit).flatMap((key) => {
    const object = container.objects.get(key);
    return object === undefined ? [] : [toListed(key, object, options.tags ?? false)];
  });
  const next = keys[from + limit];
  return next === undefined ? { objects } : { objects, next };
}

function listDirectory(container: MemoryContainer, options: DirectoryOptions, most: number): ListPage {
  const { directory } = options;
  const names = new Map<string, ListedObject>();
  for (const key of container.sortedKeys().filter((candidate) => candidate.startsWith(directory))) {
    const slash = key.indexOf('/', directory.length);
    const object = container.objects.get(key);
    if (slash !== -1) names.set(key.slice(0, slash + 1), commonBeginning(key.slice(0, slash + 1)));
    else if (object !== undefined) names.set(key, toListed(key, object, options.tags ?? false));
  }
  return pageOf([...names.values()], options, most);
}

function commonBeginning(key: string): ListedObject {
  const nothing = { sizeBytes: 0, etag: '', lastModified: '', properties: {}, metadata: {} };
  return { key, kind: 'directory', blobType: 'BlockBlob', ...nothing };
}

/** The key that the token names may be gone: the page then begins with the next one. */
function afterToken(keys: readonly string[], token: string): number {
  const index = keys.findIndex((key) => compareKeys('utf8')(key, token) > 0);
  return index === -1 ? keys.length : index;
}

interface WholeCopy {
  readonly key: string;
  readonly source: CopySource;
  readonly pin: WritePin;
  readonly settings: WriteSettings;
}

function copyWhole(world: MemoryWorld, container: MemoryContainer, copy: WholeCopy): CopyReceipt {
  const { settings } = copy;
  container.demand(copy.key, copy.pin);
  const source = pinned(world, copy.source);
  if (source.sizeBytes > serviceLimits.putBlobFromUrlBytes)
    throw refusal('too-large', 413, 'RequestBodyTooLarge');
  const md5 = settings.md5 ?? source.md5 ?? md5OfContent(source.content);
  const hasMetadata = settings.metadata !== undefined && Object.keys(settings.metadata).length > 0;
  const object = container.write(copy.key, {
    content: source.content,
    blobType: 'BlockBlob',
    md5,
    ...(settings.tier === undefined ? {} : { tier: settings.tier }),
    properties: { ...(settings.copyProperties ? source.properties : {}), ...settings.properties },
    metadata: hasMetadata ? (settings.metadata ?? {}) : source.metadata,
    tags: settings.tags ?? {},
  });
  return receiptOf(object);
}
