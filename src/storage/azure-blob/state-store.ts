import { buffer } from 'node:stream/consumers';
import { BlockBlobClient, ContainerClient } from '@azure/storage-blob';
import type { BlobRequestConditions, Pipeline } from '@azure/storage-blob';
import { isCopyError } from '../../job/copy-error.js';
import type { CopyError } from '../../job/copy-error.js';
import { encodeKey } from '../../job/encode-key.js';
import type { StringMap } from '../../job/operation.js';
import { wallClock } from '../../runtime/clock.js';
import type { Clock } from '../../runtime/clock.js';
import type { StateBlob, StateCondition, StateEntry, StateStore } from '../state-store.js';
import { countRequests, createPipeline } from './client.js';
import type { ClientOptions } from './client.js';
import { quoteEtag } from './list-reader.js';
import { translateError } from './translate-error.js';

export interface StateStoreOptions extends ClientOptions {
  /** Endpoint of the host account, without trailing slash. */
  readonly blobEndpoint: string;
  readonly container: string;
  readonly clock?: Clock;
  /** Tries per call, the first included; 6 by default: about 15 s of trouble are waited out. */
  readonly maxAttempts?: number;
  /** Deadline of one try; 30 s by default. The SDK has none, and a hanging reply would hold up whoever waits. */
  readonly attemptTimeoutMs?: number;
}

/**
 * The state container on Azure Blob storage. Made with the first write when it is missing. Retries what is passing,
 * with jitter. A conditional write whose reply was lost counts as done when the blob holds exactly its body.
 */
export function openAzureStateStore(options: StateStoreOptions): StateStore {
  return new AzureStateStore(options);
}

interface PutOptions {
  readonly condition?: StateCondition;
  readonly metadata?: StringMap;
}

const firstDelayMs = 250;
const longestDelayMs = 8_000;

class AzureStateStore implements StateStore {
  readonly #url: string;
  readonly #pipeline: Pipeline;
  readonly #client: ContainerClient;
  readonly #clock: Clock;
  readonly #maxAttempts: number;
  readonly #attemptTimeoutMs: number;

  constructor(options: StateStoreOptions) {
    this.#url = `${options.blobEndpoint}/${options.container}`;
    this.#pipeline = createPipeline(options, countRequests(options));
    this.#client = new ContainerClient(this.#url, this.#pipeline);
    this.#clock = options.clock ?? wallClock;
    this.#maxAttempts = options.maxAttempts ?? 6;
    this.#attemptTimeoutMs = options.attemptTimeoutMs ?? 30_000;
  }

  get(name: string): Promise<StateBlob | undefined> {
    return this.#absentAs(undefined, async (abortSignal) => {
      const reply = await this.#blob(name).download(0, undefined, { maxRetryRequests: 0, abortSignal });
      if (reply.readableStreamBody === undefined) return undefined;
      return {
        body: await buffer(reply.readableStreamBody),
        etag: reply.etag ?? '',
        metadata: { ...reply.metadata },
        lastModified: reply.lastModified?.toISOString() ?? '',
      };
    });
  }

  async put(name: string, body: Buffer | string, options: PutOptions = {}): Promise<string | undefined> {
    const bytes = Buffer.from(body);
    const attempts = { replyLost: false };
    try {
      return await this.#retrying('write state', async (abortSignal) => {
        try {
          return await this.#upload(name, bytes, options, abortSignal);
        } catch (error) {
          const failure = this.#translate(error, 'write state', abortSignal);
          attempts.replyLost ||= failure.retryable;
          if (failure.code !== 'destination-container-not-found') throw failure;
          await this.#client.createIfNotExists({ abortSignal });
          return this.#upload(name, bytes, options, abortSignal);
        }
      });
    } catch (error) {
      if (options.condition === undefined || !isLostRace(error)) throw error;
      return attempts.replyLost ? await this.#ownWrite(name, bytes, options.metadata ?? {}) : undefined;
    }
  }

  list(
    prefix: string,
    token?: string,
    limit?: number,
  ): Promise<{ readonly entries: readonly StateEntry[]; readonly next?: string }> {
    return this.#absentAs({ entries: [] }, async (abortSignal) => {
      const pages = this.#client.listBlobsFlat({ prefix, includeMetadata: true, abortSignal }).byPage({
        ...(token === undefined ? {} : { continuationToken: token }),
        ...(limit === undefined ? {} : { maxPageSize: limit }),
      });
      const page = await pages.next();
      if (page.done === true) return { entries: [] };
      const entries = page.value.segment.blobItems.map((item) => ({
        name: item.name,
        etag: quoteEtag(item.properties.etag),
        metadata: { ...item.metadata },
        sizeBytes: item.properties.contentLength ?? 0,
        lastModified: item.properties.lastModified.toISOString(),
      }));
      const next = page.value.continuationToken;
      return next === undefined || next === '' ? { entries } : { entries, next };
    });
  }

  async delete(name: string, ifMatch?: string): Promise<void> {
    const conditions = ifMatch === undefined ? {} : { conditions: { ifMatch } };
    try {
      await this.#absentAs(undefined, async (abortSignal) => {
        await this.#blob(name).delete({ ...conditions, abortSignal });
      });
    } catch (error) {
      if (ifMatch === undefined || !isLostRace(error)) throw error;
    }
  }

  #blob(name: string): BlockBlobClient {
    return new BlockBlobClient(`${this.#url}/${encodeKey(name)}`, this.#pipeline);
  }

  async #upload(name: string, bytes: Buffer, options: PutOptions, abortSignal: AbortSignal): Promise<string> {
    const reply = await this.#blob(name).upload(bytes, bytes.length, {
      conditions: toConditions(options.condition),
      abortSignal,
      ...(options.metadata === undefined ? {} : { metadata: { ...options.metadata } }),
    });
    return reply.etag ?? '';
  }

  /** After an attempt of unknown outcome: its ETag when the blob is what we wanted to write. */
  async #ownWrite(name: string, bytes: Buffer, metadata: StringMap): Promise<string | undefined> {
    const present = await this.get(name);
    if (present?.body.equals(bytes) !== true) return undefined;
    const sameMetadata =
      Object.keys(metadata).length === Object.keys(present.metadata).length &&
      Object.entries(metadata).every(([key, value]) => present.metadata[key] === value);
    return sameMetadata ? present.etag : undefined;
  }

  async #absentAs<T>(absent: T, send: (abortSignal: AbortSignal) => Promise<T>): Promise<T> {
    try {
      return await this.#retrying('read state', send);
    } catch (error) {
      if (isCopyError(error) && error.status === 404) return absent;
      throw error;
    }
  }

  async #retrying<T>(action: string, send: (abortSignal: AbortSignal) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const abortSignal = AbortSignal.timeout(this.#attemptTimeoutMs);
      try {
        return await send(abortSignal);
      } catch (error) {
        const failure = this.#translate(error, action, abortSignal);
        if (!failure.retryable || attempt >= this.#maxAttempts) throw failure;
        await this.#clock.sleep(this.#delayMs(attempt, failure.retryAfterMs));
      }
    }
  }

  #delayMs(attempt: number, retryAfterMs = 0): number {
    const ceilingMs = Math.min(longestDelayMs, firstDelayMs * 2 ** attempt);
    return Math.max(retryAfterMs, Math.round(ceilingMs * this.#clock.random()));
  }

  #translate(error: unknown, action: string, signal: AbortSignal): CopyError {
    return translateError(error, { action, side: 'destination', signal, nowMs: this.#clock.now() });
  }
}

function toConditions(condition: StateCondition | undefined): BlobRequestConditions {
  if (condition === undefined) return {};
  return 'ifAbsent' in condition ? { ifNoneMatch: '*' } : { ifMatch: condition.ifMatch };
}

function isLostRace(error: unknown): boolean {
  return (
    isCopyError(error) &&
    (error.code === 'destination-exists' || error.code === 'destination-changed' || error.status === 404)
  );
}
