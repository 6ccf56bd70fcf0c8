import { type TagKeeper, createTagKeeper } from '../copy/tag-keeper.js';
import type { ReplicationRule } from '../job/replication-rule.js';
import type { Clock } from '../runtime/clock.js';

/** What a rule has learnt about index tags, which most roles may neither read nor write. */
export interface RuleTags {
  readonly keeper: TagKeeper;
  /** True while tags are read, compared and written. */
  areKept(): boolean;
  /** One of the two sides refused to tell tags. */
  unreadable(): void;
}

/** After this time a refusal is forgotten: the role may have been granted. */
const forgetAfterMs = 10 * 60_000;

/** Remembers refusals for each rule of a process, for ten minutes. */
export class TagMemory {
  readonly #clock: Clock;
  readonly #note: (rule: string, warning: string) => void;
  readonly #kept = new Map<string, { readonly tags: RuleTags; readonly untilMs: number }>();

  constructor(clock: Clock, note: (rule: string, warning: string) => void) {
    this.#clock = clock;
    this.#note = note;
  }

  of(rule: ReplicationRule): RuleTags {
    const known = this.#kept.get(rule.name);
    if (known !== undefined && known.untilMs > this.#clock.now()) return known.tags;
    const tags = this.#learn(rule);
    this.#kept.set(rule.name, { tags, untilMs: this.#clock.now() + forgetAfterMs });
    return tags;
  }

  #learn(rule: ReplicationRule): RuleTags {
    const keeper = createTagKeeper(rule.tags, (warning) => {
      this.#note(rule.name, warning);
    });
    let readable = true;
    return {
      keeper,
      areKept: () => keeper.wanted && readable,
      unreadable: () => {
        if (readable)
          this.#note(
            rule.name,
            'Tags are not replicated: the identity may not read them, or an account has none.',
          );
        readable = false;
      },
    };
  }
}
