import { isFinished } from './instance.js';
import type { Instance } from './instance.js';
import { KeptHistories } from './kept-histories.js';
import type { KeptHistoryLimits } from './kept-histories.js';
import { applyRecord, snapshotRecord } from './journal-record.js';
import type { JournalRecord } from './journal-record.js';
import type { Journal } from './journal.js';
import { historyRowText } from './protocol.js';

interface PlayedText {
  readonly executionId: string;
  readonly rows: number;
  readonly text: string;
}

function highestSeq(record: JournalRecord): number {
  switch (record.t) {
    case 'start':
      return record.start.seq;
    case 'message':
      return record.message.seq;
    case 'episode':
      return record.renewed?.seq ?? 0;
    case 'instance':
      return Math.max(0, ...record.inbox.map((message) => message.seq));
    case 'purge':
      return 0;
  }
}

/** All instances, in memory; every change goes through a journal record. */
export class InstanceStore {
  readonly #instances = new Map<string, Instance>();
  readonly #playedTexts = new WeakMap<Instance, PlayedText>();
  readonly #kept: KeptHistories;
  #seq = 0;
  #journal: Journal | undefined;

  constructor(keptHistories: KeptHistoryLimits) {
    this.#kept = new KeptHistories(keptHistories);
  }

  /** Applies a record read from the journal. */
  readonly recover = (record: JournalRecord): void => {
    this.#seq = Math.max(this.#seq, highestSeq(record));
    this.#applied(record);
    this.#dropOldHistory(record);
  };

  attach(journal: Journal): void {
    this.#journal = journal;
  }

  /** Applies a change at once and resolves when it is durable. Side effects belong after that. */
  async commit(record: JournalRecord): Promise<void> {
    if (this.#journal === undefined) {
      throw new Error('The durable engine has not been started.');
    }
    this.#applied(record);
    const durable = this.#journal.append(record);
    this.#dropOldHistory(record);
    await durable;
  }

  /** Unique in the journal, ascending. */
  nextSeq(): number {
    this.#seq += 1;
    return this.#seq;
  }

  get(id: string): Instance | undefined {
    return this.#instances.get(id);
  }

  all(): readonly Instance[] {
    return [...this.#instances.values()];
  }

  *snapshot(): Generator<JournalRecord> {
    for (const instance of this.#instances.values()) {
      yield snapshotRecord(instance);
    }
  }

  /** The history as JSON text with every row played. Grown, not rebuilt: an episode costs what it adds. */
  playedText(instance: Instance): string {
    const { executionId } = instance.fields;
    const known = this.#playedTexts.get(instance);
    const isCurrent = known?.executionId === executionId && known.rows <= instance.history.length;
    const rows = isCurrent ? known.rows : 0;
    const added = instance.history.slice(rows).map((row) => historyRowText(row, true));
    const text = [...(isCurrent && known.text !== '' ? [known.text] : []), ...added].join(',');
    this.#playedTexts.set(instance, { executionId, rows: instance.history.length, text });
    return text;
  }

  #applied(record: JournalRecord): void {
    for (const id of replacedBy(record)) {
      const replaced = this.#instances.get(id);
      if (replaced !== undefined) this.#kept.forget(replaced);
    }
    applyRecord(this.#instances, record);
  }

  #dropOldHistory(record: JournalRecord): void {
    const instance =
      record.t === 'episode'
        ? this.#instances.get(record.id)
        : record.t === 'instance'
          ? this.#instances.get(record.fields.id)
          : undefined;
    if (instance === undefined || !isFinished(instance.fields.status) || instance.history.length === 0) {
      return;
    }
    this.#playedTexts.delete(instance);
    this.#kept.add(instance);
  }
}

/** Ids that name another instance after the record, or none. */
function replacedBy(record: JournalRecord): readonly string[] {
  if (record.t === 'purge') return record.ids;
  return record.t === 'start' ? [record.start.id] : [];
}
