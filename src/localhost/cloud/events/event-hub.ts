import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { seededRandom } from '../seeded-random.js';
import { header } from '../exchange.js';
import type { FrontReply, FrontRequest } from '../exchange.js';
import type { Target } from '../operation.js';
import type { Upstream } from '../upstream.js';
import { changeOf } from './blob-change.js';
import type { ObservedChange } from './blob-change.js';
import { openDestination } from './event-destination.js';
import type { EventDestination } from './event-destination.js';
import { sendOwnRequest } from '../own-request.js';
import { toStorageEvent } from './storage-event.js';
import type { BlobChange } from './storage-event.js';
import { eventWeatherSchema } from './subscription.js';
import type { EventSubscription } from './subscription.js';

/** Numbers of the events of one set of subscriptions. */
interface Tally {
  emitted: number;
  delivered: number;
  duplicated: number;
  reordered: number;
  lost: number;
  /** Refused, or given up after five tries. */
  deadLettered: number;
}

/** Numbers since the subscriptions were last set. `emitted` = `lost` + those that were delivered, pending or dead at least once. */
export interface EventCounts extends Readonly<Tally> {
  /** On their way, those of subscriptions that were replaced meanwhile included: they arrive nevertheless. */
  readonly pending: number;
}

interface Line {
  readonly subscription: EventSubscription;
  readonly destination: EventDestination;
  readonly random: () => number;
  /** Of the set of subscriptions that the line belongs to. */
  readonly tally: Tally;
}

export interface EventHubOptions {
  readonly upstream: Upstream;
  readonly keys: ReadonlyMap<string, string>;
  /** `127.0.0.1:<port>` of the blob front. */
  readonly host: () => string;
  readonly log: (line: string) => void;
}

const mostTries = 5;
const firstRetryMs = 100;

function emptyTally(): Tally {
  return { emitted: 0, delivered: 0, duplicated: 0, reordered: 0, lost: 0, deadLettered: 0 };
}

/**
 * Stands in for Event Grid's system topics: every change that the front lets through becomes an event for each
 * subscription that wants it, at least once, in no order. In memory: what is on its way when the cloud stops is lost.
 */
export class EventHub {
  readonly #options: EventHubOptions;
  readonly #timers = new Set<NodeJS.Timeout>();
  #lines: readonly Line[] = [];
  #tally = emptyTally();
  #pending = 0;
  #sequence = 0;

  constructor(options: EventHubOptions) {
    this.#options = options;
  }

  get counts(): EventCounts {
    return { ...this.#tally, pending: this.#pending };
  }

  get subscriptions(): readonly EventSubscription[] {
    return this.#lines.map(({ subscription }) => subscription);
  }

  /** Replaces all subscriptions once every destination has agreed; throws, changing nothing, when one does not. */
  async subscribe(subscriptions: readonly EventSubscription[]): Promise<void> {
    const tally = emptyTally();
    const lines = subscriptions.map((subscription) => ({
      subscription,
      destination: openDestination(subscription, this.#options),
      random: seededRandom(subscription.weather?.seed ?? 1),
      tally,
    }));
    for (const { destination } of lines) await destination.prepare();
    this.#lines = lines;
    this.#tally = tally;
  }

  /** Sends any JSON as if it were an event, to every destination. */
  publish(event: unknown): void {
    for (const line of this.#lines) this.#dispatch(line, () => event);
  }

  /** Looks at a request that was answered, and emits the event of the change that it made. */
  observe(request: FrontRequest, target: Target, operation: string, reply: FrontReply): void {
    if (this.#lines.length === 0 || request.service !== 'blob') return;
    const change = changeOf(request, target, operation, reply, this.#options.host());
    if (change === undefined) return;
    const lines = this.#lines.filter(({ subscription }) => isWanted(subscription, change));
    if (lines.length === 0) return;
    this.#sequence += 1;
    const known: BlobChange = { ...change, sequence: this.#sequence, timeMs: Date.now() };
    this.#pending += 1;
    void this.#complete(known)
      .then((complete) => {
        const id = randomUUID();
        for (const line of lines) {
          this.#dispatch(line, () => toStorageEvent(complete, line.subscription.schema, id));
        }
      })
      .finally(() => {
        this.#pending -= 1;
      });
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#lines = [];
  }

  /** What the request did not say is asked of the blob, as long as it is the one that was written. */
  async #complete(change: BlobChange): Promise<BlobChange> {
    if (change.contentLength !== undefined || change.type === 'BlobDeleted') return change;
    const { account } = change;
    const key = this.#options.keys.get(account) ?? '';
    const url = new URL(change.url).pathname;
    const request = { service: 'blob', account, key, method: 'HEAD', url } as const;
    // Azurite may be going down: the event then says less.
    const reply = await sendOwnRequest(this.#options.upstream, request).catch(() => undefined);
    return reply?.statusCode === 200 ? toldByBlob(change, reply.headers) : change;
  }

  #dispatch(line: Line, event: () => unknown): void {
    const { random, subscription, tally } = line;
    const weather = eventWeatherSchema.parse(subscription.weather ?? {});
    tally.emitted += 1;
    // Drawn in a fixed order, so that a seed means the same whatever the shares are.
    const [lost, twice, held, delay, hold, later] = Array.from({ length: 6 }, random) as Draws;
    if (lost < weather.lost) {
      tally.lost += 1;
      return;
    }
    const heldMs = held < weather.reordered ? hold * weather.heldMs : 0;
    if (heldMs > 0) tally.reordered += 1;
    this.#send(line, event(), delay * weather.delayMs + heldMs);
    if (twice >= weather.duplicated) return;
    tally.duplicated += 1;
    this.#send(line, event(), later * (weather.delayMs + weather.heldMs));
  }

  #send(line: Line, event: unknown, delayMs: number, tries = 1): void {
    if (tries === 1) this.#pending += 1;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void this.#attempt(line, event, tries);
    }, delayMs);
    this.#timers.add(timer);
  }

  async #attempt(line: Line, event: unknown, tries: number): Promise<void> {
    const result = await line.destination.deliver(event).catch(() => 'again' as const);
    if (result === 'again' && tries < mostTries) {
      this.#send(line, event, firstRetryMs * 2 ** tries, tries + 1);
      return;
    }
    this.#pending -= 1;
    if (result === 'delivered') {
      line.tally.delivered += 1;
      return;
    }
    line.tally.deadLettered += 1;
    this.#options.log(`cloud: an event was not delivered after ${String(tries)} tries: ${result}`);
  }
}

function toldByBlob(change: BlobChange, headers: IncomingHttpHeaders): BlobChange {
  if (change.etag !== undefined && headers.etag !== change.etag) return change;
  const inferred = headers['x-ms-access-tier-inferred'] === 'true';
  return {
    ...change,
    ...(headers.etag === undefined ? {} : { etag: headers.etag }),
    ...(headers['content-type'] === undefined ? {} : { contentType: headers['content-type'] }),
    contentLength: Number(headers['content-length'] ?? 0),
    blobType: header(headers, 'x-ms-blob-type') ?? 'BlockBlob',
    accessTier: inferred ? 'Default' : (header(headers, 'x-ms-access-tier') ?? 'Default'),
  };
}

type Draws = [number, number, number, number, number, number];

function isWanted({ account, container, prefix, types }: EventSubscription, change: ObservedChange): boolean {
  return (
    account === change.account &&
    (container === undefined || container === change.container) &&
    change.blob.startsWith(prefix ?? '') &&
    types?.includes(change.type) !== false
  );
}
