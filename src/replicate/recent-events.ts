import type { BlobEvent } from './blob-event.js';
import { compareSequencers } from './sequencer.js';

/** Names remembered; beyond, the longest untouched are forgotten and their duplicates are looked at again. */
const mostNames = 10_000;

/**
 * The newest event of each name that this process has dealt with. What is older, or the same, has nothing to add: the
 * source was looked at after it. Only of events about one object: a rename is about its former name, too, and what is
 * told of a directory is about names that a later event need not be about. Bounded.
 */
export class RecentEvents {
  readonly #sequencers = new Map<string, string>();

  /** True when an event as new as this one was dealt with. */
  covers(event: BlobEvent): boolean {
    if (!isAboutOneObject(event)) return false;
    const order = compareSequencers(event.sequencer, this.#sequencers.get(nameOf(event)));
    return order !== undefined && order <= 0;
  }

  /** The event was dealt with. */
  add(event: BlobEvent): void {
    if (!isAboutOneObject(event)) return;
    const name = nameOf(event);
    const known = this.#sequencers.get(name);
    if (event.sequencer === undefined || (compareSequencers(event.sequencer, known) ?? 1) < 0) return;
    this.#sequencers.delete(name);
    this.#sequencers.set(name, event.sequencer);
    const [oldest] = this.#sequencers.keys();
    if (this.#sequencers.size > mostNames && oldest !== undefined) this.#sequencers.delete(oldest);
  }
}

function isAboutOneObject({ kind }: BlobEvent): boolean {
  return kind === 'created' || kind === 'deleted' || kind === 'tierChanged';
}

function nameOf({ account, container, key }: BlobEvent): string {
  return `${account}/${container}/${key}`;
}
