import type { ChaosTime } from './chaos-time.js';
import type { SeededRandom } from './seeded-random.js';

/** What becomes of messages on their way into the queue. */
export interface QueueWeather {
  /** Shares of messages that come twice, that others overtake, that never come. */
  readonly duplicated: number;
  readonly reordered: number;
  readonly lost: number;
}

/** A message that was taken. */
export interface TakenMessage {
  readonly text: string;
  /** How often it was taken, this time included. */
  readonly tries: number;
  /** Names this taking. */
  readonly receipt: number;
}

interface Stored {
  readonly text: string;
  visibleAtMs: number;
  tries: number;
  receipt: number;
}

const heldMs = 30_000;
const onItsWayMs = 500;

/** A storage queue in simulated time: at least once, in no order. */
export class ChaosQueue {
  readonly #time: ChaosTime;
  readonly #random: SeededRandom;
  readonly #weather: QueueWeather;
  readonly #messages = new Set<Stored>();
  #receipts = 0;

  constructor(time: ChaosTime, random: SeededRandom, weather: QueueWeather) {
    this.#time = time;
    this.#random = random;
    this.#weather = weather;
  }

  get isEmpty(): boolean {
    return this.#messages.size === 0;
  }

  /** Sends a message as the weather has it; false when it never comes. */
  send(text: string): boolean {
    const { duplicated, reordered, lost } = this.#weather;
    // Drawn in a fixed order, so that a seed means the same whatever the shares are.
    const [gone, twice, held] = [lost, duplicated, reordered].map((share) => this.#random.chance(share));
    if (gone === true) return false;
    this.#add(text, held === true ? heldMs : onItsWayMs);
    if (twice === true) this.#add(text, heldMs);
    return true;
  }

  /** Takes up to `limit` messages out of sight for `hiddenMs`. */
  take(limit: number, hiddenMs: number): readonly TakenMessage[] {
    const nowMs = this.#time.now();
    const visible = [...this.#messages].filter(({ visibleAtMs }) => visibleAtMs <= nowMs).slice(0, limit);
    return visible.map((message) => {
      this.#receipts += 1;
      Object.assign(message, { visibleAtMs: nowMs + hiddenMs, receipt: this.#receipts });
      message.tries += 1;
      return { text: message.text, tries: message.tries, receipt: message.receipt };
    });
  }

  /** Deletes a message, unless it was taken again meanwhile. */
  remove(receipt: number): void {
    for (const message of this.#messages) if (message.receipt === receipt) this.#messages.delete(message);
  }

  #add(text: string, withinMs: number): void {
    const visibleAtMs = this.#time.now() + this.#random.between(1, withinMs);
    this.#messages.add({ text, visibleAtMs, tries: 0, receipt: 0 });
  }
}
