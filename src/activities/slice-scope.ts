import type { StageContext } from '../copy/blocks.js';
import { type Window, createWindow } from '../copy/throttle.js';
import { FileKeeper } from '../copy/file-keeper.js';
import { type TagKeeper, createTagKeeper } from '../copy/tag-keeper.js';
import { CopyError } from '../job/copy-error.js';
import type { ContainerPair, JobSpec } from '../job/job-spec.js';
import type { SegmentDraft } from '../plan/segment.js';
import type { BoardChange, BoardFile } from '../record/board-file.js';
import { type Holder, beat } from '../record/board-finish.js';
import { type Taker, endOf, sameObject } from '../record/board-take.js';
import type { Board, ErrorSample, GroupState, Holding, LargeRef, Staging, Totals } from '../record/board.js';
import type { Pairs } from '../record/pairs.js';
import type { SegmentRef } from '../record/refs.js';
import { readSegment } from '../record/segments.js';
import { isoTime } from '../runtime/clock.js';
import type { StateStore } from '../storage/state-store.js';
import type { ContainerStore } from '../storage/store.js';
import type { SliceInput } from './contracts.js';
import type { JobFacts } from './job-facts.js';
import { paceOf } from './lane-pace.js';
import { readingSide } from './reading-side.js';
import type { RequestTally } from './request-tally.js';
import { Sharing } from './sharing.js';
import { blocksOf } from './planned-blocks.js';
import type { ActivityServices, OpenAccount } from './services.js';

const beatEveryMs = 10_000;
/** When a first slice that is still listing leaves to lanes what it has found. */
const overdueAfterMs = 2500;
/** The first beat comes sooner, so that somebody who watches sees a young job move. */
const firstBeatMs = 3000;
/**
 * What one slice works with: the job, its stores, its clock and its line to the board. One scope lives as long as its
 * activity; nothing of it outlives it.
 */
export class SliceScope {
  readonly input: SliceInput;
  readonly services: ActivityServices;
  readonly state: StateStore;
  /** Requests in flight to source and destination, adapted to what they can bear. */
  readonly window: Window;
  /** Aborts what hangs when the slice is over its time. */
  readonly signal: AbortSignal;
  /** Called at each beat: where a unit writes its checkpoint. Gives the progress inside the unit. */
  onBeat: (() => Promise<Partial<Totals>>) | undefined;

  readonly #facts: JobFacts;
  readonly #tags: TagKeeper;
  readonly #files: FileKeeper;
  readonly #file: BoardFile;
  readonly #tally: RequestTally;
  readonly #openSource: OpenAccount;
  readonly #openDestination: OpenAccount;
  readonly #abort = new AbortController();
  readonly #until: number;
  readonly #abortAt: number;
  readonly #overdueAt: number;
  #board: Board;
  /** When it was asked for. */
  #boardAtMs: number;
  #ended = false;
  #holder: Holder | undefined;
  #sharing: Sharing | undefined;
  #errors: readonly ErrorSample[] = [];
  readonly #warnings = new Set<string>();
  #segment: { readonly ref: SegmentRef; readonly draft: SegmentDraft } | undefined;
  readonly #stores = new Map<string, ContainerStore>();

  constructor(parts: {
    readonly input: SliceInput;
    readonly services: ActivityServices;
    readonly startedAtMs: number;
    readonly tally: RequestTally;
    readonly state: StateStore;
    readonly file: BoardFile;
    readonly board: Board;
    readonly facts: JobFacts;
  }) {
    this.input = parts.input;
    this.services = parts.services;
    this.state = parts.state;
    this.#facts = parts.facts;
    this.#files = new FileKeeper(parts.facts.permissions);
    this.#file = parts.file;
    this.#board = parts.board;
    this.#boardAtMs = parts.startedAtMs;
    this.#tally = parts.tally;
    this.#openSource = parts.services.openAccounts(readingSide(this.spec), parts.tally.source);
    this.#openDestination = parts.services.openAccounts('destination', parts.tally.destination);
    this.signal = this.#abort.signal;
    this.#until = parts.startedAtMs + parts.services.sliceMs;
    this.#abortAt = parts.startedAtMs + parts.services.sliceAbortMs;
    this.#tags = createTagKeeper(this.spec.tags, (warning) => this.#warnings.add(warning));
    this.#overdueAt = parts.startedAtMs + overdueAfterMs;
    const sharing = Math.max(1, parts.input.sharing ?? parts.board.lanes);
    this.window = createWindow(paceOf(this.spec.maxInFlight, sharing));
  }

  get spec(): JobSpec {
    return this.#facts.record.spec;
  }

  get pairs(): Pairs {
    return this.#facts.pairs;
  }

  get lanes(): number {
    return this.#board.lanes;
  }

  /** The board as this slice last saw it. */
  get board(): Board {
    return this.#board;
  }

  /** This slice as somebody who takes units. */
  get taker(): Taker {
    const overdue = this.services.clock.now() >= this.#overdueAt;
    return { ...this.input, now: this.now, overdue };
  }

  get now(): string {
    return isoTime(this.services.clock);
  }

  /** When the scan started: destination objects that are younger are not extras. */
  get scanStartedAt(): string {
    return this.#board.scanStartedAt ?? this.now;
  }

  /** True when no new work may be started: the time is up, or the job was paused, cancelled or taken over. */
  readonly shouldStop = (): boolean =>
    this.#ended || this.services.clock.now() >= this.#until || this.signal.aborted;

  pair(index: number): ContainerPair {
    const pair = this.pairs.pairs[index];
    if (pair === undefined) {
      throw new CopyError('unexpected', 'a segment names an unknown container pair', { retryable: false });
    }
    return pair;
  }

  source(pair: number): ContainerStore {
    const { sourceContainer } = this.pair(pair);
    const snapshot = this.pairs.snapshots?.[sourceContainer];
    const open = (): ContainerStore =>
      this.#openSource(this.spec.source.location).container(sourceContainer, snapshot);
    return this.#store(`source/${sourceContainer}`, open);
  }

  destination(pair: number): ContainerStore {
    const { destinationContainer } = this.pair(pair);
    const open = (): ContainerStore =>
      this.#openDestination(this.spec.destination).container(destinationContainer);
    return this.#store(`destination/${destinationContainer}`, open);
  }

  #store(name: string, open: () => ContainerStore): ContainerStore {
    const store = this.#stores.get(name) ?? open();
    this.#stores.set(name, store);
    return store;
  }

  /** What copying one object of the held unit needs. */
  copyContext(pair: number, holding: Holding): StageContext {
    return {
      pair: this.pair(pair),
      source: this.source(pair),
      destination: this.destination(pair),
      settings: this.spec,
      clock: this.services.clock,
      signal: this.signal,
      since: holding.since,
      rerun: holding.again,
      ...this.#sharing?.asked,
      shouldStop: this.shouldStop,
      tags: this.#tags,
      files: this.#files,
      planBlocks: (operation) => blocksOf(this.input.job, operation, this.spec.blockSizeBytes),
      blocksAtOnce: () => this.window.share,
      onResult: (result) => {
        this.window.onResult(result);
      },
    };
  }

  /** A segment's content; the last one read is kept. */
  async segment(ref: SegmentRef): Promise<SegmentDraft> {
    const kept = this.#segment;
    if (kept?.ref.group === ref.group && kept.ref.index === ref.index) return kept.draft;
    const draft = await readSegment(this.state, this.input.job, ref);
    this.#segment = { ref, draft };
    return draft;
  }

  /** A segment that this slice has just stored, and is likely to copy next. */
  keepSegment(ref: SegmentRef, draft: SegmentDraft): void {
    this.#segment = { ref, draft };
  }

  /** How the board last showed a scan group. */
  groupState(group: number): GroupState | undefined {
    return this.#board.groups[group];
  }

  /** How the board last showed a large object. */
  stagingOf(object: LargeRef): Staging {
    const staging = this.#board.staging.find((entry) => sameObject(entry.object, object));
    if (staging === undefined) {
      throw new CopyError('unexpected', 'the board does not know this large object', { retryable: false });
    }
    return staging;
  }

  /** Makes the unit the one that beats and finishes speak for. */
  hold({ seq, takes, takenOverAt }: Holding): Holder {
    const { run, lane } = this.input;
    this.#holder = { run, lane, seq, ...(takes === undefined ? {} : { takes }) };
    const { clock } = this.services;
    this.#sharing = new Sharing(this.#file, this.#holder, {
      clock,
      signal: this.signal,
      takenAtMs: this.#boardAtMs,
      takenOverAt,
      pins: this.spec.destination.service !== 'files',
    });
    this.onBeat = undefined;
    return this.#holder;
  }

  /** Where no write can be pinned, waits until nobody else writes for the held unit. Throws `aborted`. */
  async takeOver(): Promise<void> {
    await this.#sharing?.takeOver();
  }

  /** Shows a failure on the board with the next write; the report has it anyway. */
  noteError(sample: Omit<ErrorSample, 'at'>): void {
    const short = { ...sample, key: sample.key.slice(0, 120), message: sample.message.slice(0, 200) };
    this.#errors = [...this.#errors, { ...short, at: this.now }].slice(-5);
  }

  /**
   * Changes the board, and writes down requests, errors and warnings with it. A change without a board writes nothing.
   */
  async change<T>(change: (board: Board) => BoardChange<T>, partial?: Partial<Totals>): Promise<T> {
    const requests = this.#tally.read();
    const atMs = this.services.clock.now();
    const news = { requests, errors: this.#errors, warnings: [...this.#warnings], now: this.now };
    const { board, result } = await this.#file.update((before) => {
      const changed = change(before);
      if (changed.board === undefined) return { result: { value: changed.result, wrote: false } };
      const told = { ...news, ...(partial === undefined ? {} : { partial }) };
      const next = beat(changed.board, this.input.run, this.#holder, told);
      return { board: next, result: { value: changed.result, wrote: true } };
    });
    this.#board = board;
    this.#boardAtMs = atMs;
    this.#sharing?.saw(board, atMs);
    this.#ended = endOf(board, this.input.run) !== undefined;
    if (result.wrote) {
      this.#tally.settle(requests);
      this.#errors = this.#errors.filter((sample) => !news.errors.includes(sample));
    }
    return result.value;
  }

  /** Ends the whole job with a proven cause; what was not tried is reported so. */
  async stopJob(code: string, text: string): Promise<void> {
    await this.change((board) => ({
      board: { ...board, stopped: board.stopped ?? { code, text } },
      result: undefined,
    }));
  }

  /**
   * Beats until `done` is aborted: writes checkpoints and progress, and notices pause, cancel and newer runs. Aborts
   * hanging requests when the slice is far over its time. A beat that fails ends the slice early, with what it has.
   */
  async keepBeating(done: AbortSignal): Promise<void> {
    const { clock, log } = this.services;
    for (let delayMs = firstBeatMs; ; delayMs = beatEveryMs) {
      const leftMs = Math.max(1, this.#abortAt - clock.now());
      await clock.sleep(Math.min(delayMs, leftMs), done).catch(() => undefined); // ends early when the work is done
      if (done.aborted || this.signal.aborted) return;
      if (clock.now() >= this.#abortAt) {
        this.#abort.abort(new CopyError('aborted', 'the slice is over its time', { retryable: true }));
      }
      try {
        const partial = await this.onBeat?.();
        await this.change((board) => ({ board, result: undefined }), partial);
      } catch (error) {
        log('beat-failed', { job: this.input.job, lane: this.input.lane, error: String(error) });
        this.#ended = true;
        return;
      }
    }
  }
}
