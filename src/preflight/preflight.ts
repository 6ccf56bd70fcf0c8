import type { Account } from '../job/account.js';
import { isCopyError } from '../job/copy-error.js';
import type { ContainerPair, JobSpec } from '../job/job-spec.js';
import { pairFor, pairsForAccount } from '../plan/pairs.js';
import type { Side } from '../storage/side.js';
import type { AccountStore, ContainerStore, ListedObject } from '../storage/store.js';
import type { CheckName, Finding } from './finding.js';
import { judge, type Verdict } from './judge.js';
import { type MendParts, mendingCommand, roleFor } from './mend.js';

export interface PreflightParts {
  readonly spec: JobSpec;
  readonly source: AccountStore;
  readonly destination: AccountStore;
  readonly accounts: readonly Account[];
  readonly principal: MendParts['principal'];
  readonly app?: MendParts['app'];
  readonly signal: AbortSignal;
}

/** Last segment of the one name that preflights touch. A block staged there is never committed; the service drops it. */
const scratchName = '.tranship-preflight';
const scratchBlockId = Buffer.from('tranship-preflight').toString('base64');
/** No object has it: what is pinned to it changes nothing. */
const impossibleEtag = '"0x0"';

/**
 * Proves each right that the job needs with the smallest request that shows it, of the first pair of containers. Reads
 * no content, commits nothing, deletes nothing; a dry run is proven without a write. Throws only what is no `CopyError`.
 */
export async function preflight(parts: PreflightParts): Promise<readonly Finding[]> {
  const run = new Preflight(parts);
  const pair = await run.findPair();
  if (pair !== undefined) await run.check(pair);
  return run.findings;
}

class Preflight {
  readonly findings: Finding[] = [];
  readonly #parts: PreflightParts;
  readonly #reached = { source: false, destination: false };

  constructor(parts: PreflightParts) {
    this.#parts = parts;
  }

  async findPair(): Promise<ContainerPair | undefined> {
    const { spec, source, signal } = this.#parts;
    if (spec.source.kind !== 'account') return pairFor(spec.source, spec.destination);
    const listed = await this.#ask('containers', 'source', '', () =>
      source.listContainers(undefined, signal),
    );
    return pairsForAccount(listed?.names ?? [], spec.destination, spec.filters)[0];
  }

  async check(pair: ContainerPair): Promise<void> {
    const from = this.#parts.source.container(pair.sourceContainer);
    const to = this.#parts.destination.container(pair.destinationContainer);
    const object = await this.#checkSource(pair, from);
    const there = await this.#checkDestination(pair, to);
    if (!this.#parts.spec.dryRun) await this.#checkWrites(pair, from, to, object, there);
  }

  /** Undefined when the source cannot be listed; null when it has nothing to copy. */
  async #checkSource(pair: ContainerPair, from: ContainerStore): Promise<ListedObject | null | undefined> {
    const { signal } = this.#parts;
    const container = pair.sourceContainer;
    const options = { prefix: pair.listPrefix, limit: 10, signal };
    const page = await this.#ask('list', 'source', container, () => from.list(options));
    if (page === undefined) {
      this.#skip('read', 'source');
      return undefined;
    }
    const object = page.objects.find(({ sizeBytes, tier }) => sizeBytes > 0 && tier !== 'Archive') ?? null;
    // A list of blocks is the smallest look into an object: it has no content, and needs the right to read it.
    const key = object?.key ?? scratchIn(pair.sourceBase);
    await this.#ask('read', 'source', container, () => from.listBlocks(key, signal));
    await this.#checkTags('source', container, from, pair.listPrefix);
    return object;
  }

  /** Whether writes can be asked about: also by who may not list. */
  async #checkDestination(pair: ContainerPair, to: ContainerStore): Promise<boolean> {
    const { spec, signal } = this.#parts;
    const container = pair.destinationContainer;
    const options = { prefix: pair.destinationBase, limit: 1, signal };
    try {
      await to.list(options);
      this.#pass('list', 'destination');
    } catch (error) {
      const missing = isCopyError(error) && error.code === 'destination-container-not-found';
      if (missing && spec.createContainers) {
        this.#reached.destination = true;
        this.#pass('list', 'destination', 'the job makes the container; that right is not proven');
        return false;
      }
      this.#fail('list', 'destination', container, error);
      return this.findings.at(-1)?.code === 'role-missing';
    }
    await this.#checkTags('destination', container, to, pair.destinationBase);
    return true;
  }

  async #checkTags(side: Side, container: string, store: ContainerStore, prefix: string): Promise<void> {
    const { spec, signal } = this.#parts;
    if (spec.tags === 'off') return;
    const list = (): Promise<unknown> => store.list({ prefix, limit: 1, tags: true, signal });
    await this.#ask('tags', side, container, list, spec.tags === 'require');
  }

  /** One staged byte proves both: who may not write is refused by the destination, who may not be read by the source. */
  async #checkWrites(
    pair: ContainerPair,
    from: ContainerStore,
    to: ContainerStore,
    object: ListedObject | null | undefined,
    there: boolean,
  ): Promise<void> {
    const { spec, signal } = this.#parts;
    const container = pair.destinationContainer;
    const scratch = scratchIn(pair.destinationBase);
    const deletes = spec.mirror !== undefined;
    if (!there) {
      this.#skip('write', 'destination');
      this.#skip('copy', 'destination');
      if (deletes) this.#skip('delete', 'destination');
      return;
    }
    const key = object?.key ?? scratchIn(pair.sourceBase);
    try {
      const source = from.source(key, object?.etag ?? impossibleEtag);
      await to.stageFrom(scratch, scratchBlockId, source, { offset: 0, sizeBytes: 1 }, signal);
      this.#pass('write', 'destination');
      this.#pass('copy', 'destination');
    } catch (error) {
      this.#judgeStaging(pair, error, object);
    }
    if (!deletes) return;
    // The name does not exist, and the pin fits nothing: an answer about the object is the right to delete.
    await this.#ask('delete', 'destination', container, () => to.delete(scratch, impossibleEtag, signal));
  }

  #judgeStaging(pair: ContainerPair, error: unknown, object: ListedObject | null | undefined): void {
    const verdict = lost(error, object) ?? judge(error, 'copy', 'destination', this.#reached);
    if (verdict === undefined) {
      this.#pass('write', 'destination');
      this.#pass('copy', 'destination');
    } else if (verdict.side === 'source') {
      // The destination went on to the source, so we may write.
      this.#pass('write', 'destination');
      if (object === undefined) this.#skip('copy', 'source');
      else this.#note('copy', 'source', pair.sourceContainer, verdict, true);
    } else if (verdict.code === 'copy-scope') {
      this.#skip('write', 'destination');
      this.#note('copy', 'destination', pair.destinationContainer, verdict, true);
    } else {
      this.#note('write', 'destination', pair.destinationContainer, verdict, true);
      this.#skip('copy', 'destination');
    }
  }

  async #ask<T>(
    check: CheckName,
    side: Side,
    container: string,
    send: () => Promise<T>,
    required = true,
  ): Promise<T | undefined> {
    try {
      const answer = await send();
      this.#pass(check, side);
      return answer;
    } catch (error) {
      this.#fail(check, side, container, error, required);
      return undefined;
    }
  }

  #pass(check: CheckName, side: Side, text = 'proven'): void {
    this.#reached[side] = true;
    this.findings.push({ check, side, ok: true, required: true, code: 'ok', text });
  }

  #skip(check: CheckName, side: Side): void {
    const text = 'not asked: what failed before hides the answer, or the container is not there yet';
    this.findings.push({ check, side, ok: null, required: true, code: 'not-checked', text });
  }

  #fail(check: CheckName, side: Side, container: string, error: unknown, required = true): void {
    const verdict = judge(error, check, side, this.#reached);
    if (verdict === undefined) this.#pass(check, side);
    else this.#note(check, side, container, verdict, required);
  }

  #note(check: CheckName, side: Side, container: string, verdict: Verdict, required: boolean): void {
    const { accounts, principal, app, spec } = this.#parts;
    const name = side === 'source' ? spec.source.location.account : spec.destination.account;
    const account = accounts.find((candidate) => candidate.name === name);
    const role = roleFor(check, side);
    const command =
      account === undefined
        ? undefined
        : mendingCommand(verdict.code, role, { account, container, principal, app });
    this.findings.push({
      check,
      side,
      ok: false,
      required,
      code: verdict.code,
      text: verdict.code === 'role-missing' ? `${verdict.text}. It needs "${role}"` : verdict.text,
      ...(command === undefined ? {} : { command }),
    });
  }
}

/** An object that we have just seen, and that the destination does not find: it looks elsewhere, or nowhere. */
function lost(error: unknown, object: ListedObject | null | undefined): Verdict | undefined {
  if (object === undefined || object === null || !isCopyError(error)) return undefined;
  if (error.code !== 'source-not-found') return undefined;
  const text =
    'The destination does not find an object that the app has just listed: it cannot reach the source by the name that the app uses, or the object is gone';
  return { code: 'unreachable', side: 'source', text };
}

/** The reserved name in the folder of a place. */
function scratchIn(base: string): string {
  return base.slice(0, base.lastIndexOf('/') + 1) + scratchName;
}
