import pLimit from 'p-limit';
import type { BlobEvent } from './blob-event.js';
import { decodeEvents } from './decode-events.js';
import type { RefusedEntry } from './decode-events.js';
import { writeDeadLetter } from './dead-letters.js';
import { matchRules } from './match-rules.js';
import type { Change, Matches } from './match-rules.js';
import { mergeChanges } from './merge-changes.js';
import { OneAtATime } from './one-at-a-time.js';
import { postpone } from './pending.js';
import { performChange } from './perform-change.js';
import { RecentEvents } from './recent-events.js';
import { isPassing } from './replica-result.js';
import type { ReplicaResult } from './replica-result.js';
import type { ReplicatorServices } from './replicator-services.js';
import { TagMemory } from './rule-tags.js';
import { replicationNames } from './state-names.js';
import type { ReplicaName } from './state-names.js';
import type { ReplicationStatistics } from './statistics.js';

/** Changes of one message that are worked on at once. */
const changesAtOnce = 8;
/** Tries before work is given up, the first one included. */
const mostAttempts = 6;
const firstRetryMs = 30_000;
/** Of what cannot be read, so much is kept for people. */
const keptCharacters = 65_536;

/** What became of one message, in numbers of events and changes. */
export interface MessageResult {
  readonly events: number;
  readonly refused: number;
  readonly changes: number;
}

/**
 * Takes messages of events and makes targets what their sources are. One a process: it knows what it has done lately.
 * When a message has been handled, all that it asked for is done, or recorded in the state container for later; it need
 * not be delivered again. Throws only when the state container cannot be reached: then the message must come again.
 */
export class Replicator {
  readonly #services: ReplicatorServices;
  readonly #statistics: ReplicationStatistics;
  readonly #recent = new RecentEvents();
  readonly #tags: TagMemory;
  readonly #names: OneAtATime<Change, ReplicaResult>;

  constructor(services: ReplicatorServices, statistics: ReplicationStatistics) {
    this.#services = services;
    this.#statistics = statistics;
    this.#tags = new TagMemory(services.clock, (rule, warning) => {
      services.log('replication-tags', { rule, warning });
    });
    this.#names = new OneAtATime((change) => performChange(services, this.#tags, change), mergeChanges);
  }

  /** `message`: a queue's text, or a trigger's event. */
  async handle(message: unknown): Promise<MessageResult> {
    const { events, refused } = await decodeEvents(message, this.#services.accounts);
    for (const entry of refused) await this.#refuse(entry);
    const limit = pLimit(changesAtOnce);
    const counts = await Promise.all(events.map((event) => limit(() => this.#follow(event))));
    void this.#statistics.flush().catch((error: unknown) => {
      this.#services.log('replication-statistics-lost', { error: String(error) });
    });
    return {
      events: events.length,
      refused: refused.length,
      changes: counts.reduce((sum, count) => sum + count, 0),
    };
  }

  /** Keeps a message whose handling failed each time; `retryDeadLetters` brings it back. */
  async keepPoisoned(message: unknown): Promise<void> {
    const { log, state } = this.#services;
    log('replication-message-poisoned', {});
    const text = textOf(message);
    await state.put(replicationNames.poisonedMessage(text), text);
  }

  /** Carries a change out now and records what cannot be done: for another try, or, after many, for people. */
  async perform(change: Change, attempts: number): Promise<ReplicaResult> {
    const { result, joined } = await this.#names.run(nameOf(change), change);
    const { id } = change.rule;
    if (joined) this.#statistics.count(id, 'joined');
    else this.#count(change, result);
    if (result.outcome === 'failed') await this.#recordFailure(change, result, attempts + 1);
    return result;
  }

  /** Carries out what was given up before; what fails again is given up again. */
  retry(change: Change): Promise<ReplicaResult> {
    return this.perform(change, mostAttempts);
  }

  async #follow(event: BlobEvent): Promise<number> {
    const { clock, state } = this.#services;
    const { changes, targetDeletions, echoes } = await this.#match(event);
    for (const { rule, target, key } of targetDeletions) {
      await state.put(replicationNames.tombstone({ rule: rule.id, target, key }), JSON.stringify({ key }));
    }
    const [first] = changes;
    if (echoes > 0) this.#services.log('replication-echo', { rules: echoes });
    if (first !== undefined && this.#recent.covers(event)) {
      for (const { rule } of changes) this.#statistics.count(rule.id, 'repeated', { eventMs: event.timeMs });
      return 0;
    }
    await Promise.all(
      changes.map(async (change) => {
        const { rule } = change.rule;
        if (rule.delayMs === 0) return this.perform(change, 0);
        this.#statistics.count(change.rule.id, 'postponed', { eventMs: event.timeMs });
        return this.#later(change, clock.now() + rule.delayMs, 0);
      }),
    );
    if (first !== undefined) this.#recent.add(event);
    return changes.length;
  }

  /** No rule may mean that it was saved just before the change, and that the rules at hand are older. */
  async #match(event: BlobEvent): Promise<Matches> {
    const matches = matchRules(event, await this.#services.rules());
    if (matches.changes.length + matches.targetDeletions.length + matches.echoes > 0) return matches;
    return matchRules(event, await this.#services.rules(event.timeMs));
  }

  #count({ rule, timeMs }: Change, { outcome }: ReplicaResult): void {
    const arrived = outcome === 'copied' || outcome === 'deleted' || outcome === 'tierSet';
    const lag = arrived ? { lagMs: this.#services.clock.now() - timeMs } : {};
    this.#statistics.count(rule.id, outcome, { eventMs: timeMs, ...lag });
  }

  async #recordFailure(change: Change, result: ReplicaResult, attempts: number): Promise<void> {
    const { clock, log, state } = this.#services;
    const { rule, kind, tree, passed, timeMs } = change;
    log('replication-failed', { rule: rule.rule.name, reason: result.reason, attempts });
    if (isPassing(result) && attempts < mostAttempts) {
      const delayMs = firstRetryMs * 2 ** (attempts - 1) * (1 + clock.random());
      await this.#later(change, clock.now() + delayMs, attempts);
      return;
    }
    const { reason, message } = result;
    log('replication-dead-letter', { rule: rule.rule.name, reason, attempts });
    this.#statistics.count(rule.id, 'deadLettered');
    await writeDeadLetter(state, {
      ...replicaNameOf(change),
      kind,
      tree,
      passed,
      timeMs,
      atMs: clock.now(),
      attempts,
      reason,
      ...(message === undefined ? {} : { message }),
    });
  }

  #later(change: Change, dueMs: number, attempts: number): Promise<void> {
    const { kind, tree, passed, timeMs } = change;
    const what = { kind, tree, passed, timeMs, dueMs: Math.round(dueMs), attempts, taken: false };
    return postpone(this.#services.state, { ...replicaNameOf(change), ...what });
  }

  /** What may have been a change is kept for people; anything is logged. */
  async #refuse({ reason, detail, content }: RefusedEntry): Promise<void> {
    const { log, state } = this.#services;
    log('replication-event-refused', { reason, detail });
    if (reason !== 'malformed' && reason !== 'oversized') return;
    const text = textOf(content);
    const kept = text.slice(0, keptCharacters);
    await state.put(replicationNames.refusedMessage(text), JSON.stringify({ reason, detail, message: kept }));
  }
}

/** A message as it came, or the event that was in it. */
function textOf(content: unknown): string {
  return typeof content === 'string' ? content : JSON.stringify(content);
}

/** The name at a target that a change is about. */
function replicaNameOf({ rule, target, key }: Change): ReplicaName {
  return { rule: rule.id, target, key };
}

/** What is one piece of work when it comes again: all changes of an object, changes of one kind of a directory. */
function nameOf({ rule, target, key, tree, kind }: Change): string {
  return JSON.stringify([rule.id, target, key, tree ? kind : 'any']);
}
