import type { ChaosQueue } from './chaos-queue.js';
import type { ChaosTime } from './chaos-time.js';
import type { MemoryPut } from './memory-object.js';
import type { MemoryAccount } from './memory-store.js';
import { eventOf, messageOf } from './replication-world.js';
import type { SeededRandom } from './seeded-random.js';

export interface SourceParts {
  readonly time: ChaosTime;
  readonly random: SeededRandom;
  readonly account: MemoryAccount;
  readonly queue: ChaosQueue;
  readonly changes: number;
  readonly withinMs: number;
  /** Written with this size they are large. */
  readonly largeBytes: number;
}

const container = 'data';
const folders = ['folder/', 'other folder/'] as const;
const names = ['1', '2', '3', '4', '5', '6', 'ä #%?+ 7', 'large 8'];
const keys = ['', ...folders].flatMap((folder) => names.map((name) => folder + name));

/** Somebody who writes, overwrites, deletes, renames and moves between tiers, and the events of what he does. */
export class SourceLife {
  readonly #parts: SourceParts;
  /** Names of which an event was lost. */
  readonly untold = new Set<string>();
  #left: number;
  #versions = 0;

  constructor(parts: SourceParts) {
    this.#parts = parts;
    this.#left = parts.changes;
    const { time, random, changes, withinMs } = parts;
    for (let change = 0; change < changes; change += 1) {
      time.at(random.between(1, withinMs), () => {
        this.#left -= 1;
        this.#change();
      });
    }
  }

  get isOver(): boolean {
    return this.#left === 0;
  }

  #change(): void {
    const { random } = this.#parts;
    const key = random.pick(keys);
    const kind = random.next();
    if (kind < 0.6) this.#write(key);
    else if (kind < 0.75) this.#remove(key);
    else if (kind < 0.85) this.#setTier(key, random.pick(['Cool', 'Hot']));
    else if (kind < 0.97) this.#rename(key, random.pick(keys));
    else this.#renameFolder();
  }

  #write(key: string): void {
    const { account, random, largeBytes } = this.#parts;
    this.#versions += 1;
    const large = key.includes('large') && random.chance(0.7);
    const put: MemoryPut = {
      content: `version ${String(this.#versions)}`,
      sizeBytes: large ? largeBytes + this.#versions : 10,
      ...(random.chance(0.2) ? { md5: 'none' } : {}),
    };
    const eTag = account.put(container, key, put);
    const data = { eTag, contentLength: put.sizeBytes, blobType: 'BlockBlob', accessTier: 'Default' };
    this.#tell([key], key, 'BlobCreated', data);
  }

  #remove(key: string): void {
    const { account } = this.#parts;
    if (account.object(container, key) === undefined) return;
    account.remove(container, key);
    this.#tell([key], key, 'BlobDeleted', { api: 'DeleteBlob' });
  }

  #setTier(key: string, tier: string): void {
    const object = this.#parts.account.object(container, key);
    if (object === undefined) return;
    Object.assign(object, { tier });
    this.#tell([key], key, 'BlobTierChanged', { api: 'SetBlobTier' });
  }

  #rename(from: string, to: string): void {
    if (from === to || !this.#move(from, to)) return;
    this.#tell([from, to], to, 'BlobRenamed', { api: 'RenameFile', ...renamedFrom(from) });
  }

  #renameFolder(): void {
    const [from, to] = this.#parts.random.chance(0.5) ? folders : [folders[1], folders[0]];
    const moved = names.filter((name) => this.#move(from + name, to + name));
    if (moved.length === 0) return;
    const touched = moved.flatMap((name) => [from + name, to + name]);
    const [old, present] = [from.slice(0, -1), to.slice(0, -1)];
    this.#tell(touched, present, 'DirectoryRenamed', { api: 'RenameDirectory', ...renamedFrom(old) });
  }

  #move(from: string, to: string): boolean {
    const { account } = this.#parts;
    const object = account.object(container, from);
    if (object === undefined) return false;
    const [extent] = object.content;
    const { sizeBytes, md5, tier } = object;
    account.put(container, to, {
      sizeBytes,
      ...(extent === undefined ? {} : { content: extent.of }),
      ...(md5 === undefined ? { md5: 'none' } : {}),
      ...(tier === undefined ? {} : { tier }),
    });
    account.remove(container, from);
    return true;
  }

  #tell(touched: readonly string[], key: string, type: string, data: Record<string, unknown>): void {
    const { time, account, queue } = this.#parts;
    const when = new Date(time.now()).toISOString();
    const event = eventOf(key, { account: account.name, type, time: when, data });
    if (!queue.send(messageOf(event))) for (const name of touched) this.untold.add(name);
  }
}

/** As accounts with a hierarchical namespace tell it. */
function renamedFrom(key: string): Record<string, unknown> {
  const path = key.split('/').map(encodeURIComponent).join('/');
  return { url: undefined, sourceUrl: `https://a.dfs.core.windows.net/${container}/${path}` };
}
