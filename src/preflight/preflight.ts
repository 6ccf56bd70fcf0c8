import type { Account } from '../job/account.js';
import { isCopyError } from '../job/copy-error.js';
import type { ContainerPair, JobSpec } from '../job/job-spec.js';
import { pairFor, pairsForAccount } from '../plan/pairs.js';
import type { Side } from '../storage/side.js';
import type { AccountStore, ContainerStore, ListedObject, ListPage } from '../storage/store.js';
import { Findings } from './findings.js';
import type { CheckName, Finding } from './finding.js';
import { judge, type Verdict } from './judge.js';
import type { MendParts } from './mend.js';
import { explainLayout } from './network-layout.js';

export interface PreflightParts {
  readonly spec: JobSpec;
  readonly source: AccountStore;
  readonly destination: AccountStore;
  readonly accounts: readonly Account[];
  /** Who asks on each side. */
  readonly principals: Readonly<Record<Side, MendParts['principal']>>;
  readonly app?: MendParts['app'];
  /** True when the endpoint's name leads the app into a private network. */
  readonly isPrivate: (endpoint: string) => Promise<boolean>;
  readonly signal: AbortSignal;
}

/** Last segment of the one name that preflights touch. A block staged there is never committed; the service drops it. */
const scratchName = '.tranship-preflight';
const scratchBlockId = Buffer.from('tranship-preflight').toString('base64');
const oneByte = { offset: 0, sizeBytes: 1 };
/** No object has it: what is pinned to it changes nothing. */
const impossibleEtag = '"0x0"';
/** No share has this name, and no snapshot is of this time, which was before there were any. */
const absentShare = 'tranship-preflight-of-snapshots';
const neverTaken = '2000-01-01T00:00:00.0000000Z';
const notBeforeAFile =
  'not asked: a share reads a source only into a file that is there; the first file of the job shows it';
/** Containers that are asked about one by one; roles of the account answer for all others. */
const mostContainers = 20;

/**
 * Proves each right that the job needs with the smallest request that shows it, for up to 20 pairs of containers. Reads
 * no content, commits nothing, deletes nothing; a dry run is proven without a write. Throws only what is no `CopyError`.
 */
export async function preflight(parts: PreflightParts): Promise<readonly Finding[]> {
  const { source, destination } = parts.spec;
  const accountOf = (name: string): Account | undefined =>
    parts.accounts.find((known) => known.name === name);
  const accounts = {
    source: accountOf(source.location.account),
    destination: accountOf(destination.account),
  };
  const services = {
    source: parts.spec.source.location.service,
    destination: parts.spec.destination.service,
  };
  const findings = new Findings({ accounts, services, principals: parts.principals, app: parts.app });
  const run = new Preflight(parts, findings);
  for (const pair of await run.findPairs()) await run.check(pair);
  return explainLayout(findings.merged(), accounts, services, parts.isPrivate);
}

class Preflight {
  readonly #parts: PreflightParts;
  readonly #findings: Findings;
  #delegateAsked = false;

  constructor(parts: PreflightParts, findings: Findings) {
    this.#parts = parts;
    this.#findings = findings;
  }

  async findPairs(): Promise<readonly ContainerPair[]> {
    const { spec, source, signal } = this.#parts;
    if (spec.source.kind !== 'account') return [pairFor(spec.source, spec.destination)];
    const subject = { check: 'containers', side: 'source', container: '' } as const;
    const listed = await this.#findings.ask(subject, () => source.listContainers(undefined, signal));
    const pairs = pairsForAccount(listed?.names ?? [], spec.destination, spec.filters);
    return pairs.slice(0, mostContainers);
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
    const about = { side: 'source', container: pair.sourceContainer } as const;
    const options = { prefix: pair.listPrefix, limit: 10, signal };
    const page = await this.#findings.ask({ ...about, check: 'list' }, () => firstPage(from, options));
    if (page === undefined) {
      this.#findings.skip({ ...about, check: 'read' });
      return undefined;
    }
    const object = page.objects.find(({ sizeBytes, tier }) => sizeBytes > 0 && tier !== 'Archive') ?? null;
    const key = object?.key ?? scratchIn(pair.sourceBase);
    await this.#findings.ask({ ...about, check: 'read' }, () => lookInto(from, key, signal));
    await this.#checkTags('source', about.container, from, pair.listPrefix);
    await this.#checkDelegation();
    await this.#checkSnapshots(about.container);
    return object;
  }

  async #checkSnapshots(container: string): Promise<void> {
    const { spec, source, signal } = this.#parts;
    if (spec.consistency !== 'snapshot' || spec.dryRun) return;
    const side = { side: 'source', container } as const;
    await this.#findings.ask({ ...side, check: 'snapshot' }, () =>
      source.listSnapshots({ prefix: container }, signal),
    );
    // The one would take a snapshot of a share that is not there, the other deletes one that was never taken.
    await this.#findings.ask({ ...side, check: 'takeSnapshot' }, () =>
      source.createSnapshot(absentShare, 'preflight', signal),
    );
    await this.#findings.ask({ ...side, check: 'deleteSnapshot' }, () =>
      source.deleteSnapshot(container, neverTaken, signal),
    );
  }

  /**
   * Asked of the account, once, where a user delegation SAS may be used. A job does without while services take the token for
   * its source, unless the account's `sourceAuth` rules that out.
   */
  async #checkDelegation(): Promise<void> {
    const { accounts, source, signal } = this.#parts;
    const sourceAuth = accounts.find(({ name }) => name === source.account)?.sourceAuth;
    if (this.#delegateAsked || source.delegate === undefined || sourceAuth === 'bearer') return;
    this.#delegateAsked = true;
    const required = sourceAuth === 'userDelegationSas';
    const subject = { check: 'delegate', side: 'source', container: '', required } as const;
    await this.#findings.ask(subject, async () => source.delegate?.(signal));
  }

  /** Whether writes can be asked about: also by who may not list. */
  async #checkDestination(pair: ContainerPair, to: ContainerStore): Promise<boolean> {
    const { spec, signal } = this.#parts;
    const container = pair.destinationContainer;
    const subject = { check: 'list', side: 'destination', container } as const;
    const options = { prefix: pair.destinationBase, limit: 1, signal };
    try {
      await firstPage(to, options);
      this.#findings.pass(subject);
    } catch (error) {
      const missing = isCopyError(error) && error.code === 'destination-container-not-found';
      if (missing && spec.createContainers) {
        this.#findings.pass(subject, 'the container is not there yet; the job makes it');
        await this.#checkMaking(container);
        return false;
      }
      this.#findings.fail(subject, error);
      return this.#findings.all.at(-1)?.code === 'role-missing';
    }
    await this.#checkTags('destination', container, to, pair.destinationBase);
    return true;
  }

  async #checkMaking(container: string): Promise<void> {
    const { spec, destination, signal } = this.#parts;
    const subject = { check: 'makeContainer', side: 'destination', container: '' } as const;
    const { probes } = destination;
    if (spec.dryRun) return;
    if (probes === undefined) this.#findings.skip(subject);
    else await this.#findings.ask(subject, () => probes.makeContainer(container, signal));
  }

  async #checkTags(side: Side, container: string, store: ContainerStore, prefix: string): Promise<void> {
    const { spec, signal } = this.#parts;
    if (spec.tags === 'off' || !store.capabilities.tags) return;
    const subject = { check: 'tags', side, container, required: spec.tags === 'require' } as const;
    await this.#findings.ask(subject, () => store.list({ prefix, limit: 1, tags: true, signal }));
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
    const about = { side: 'destination', container: pair.destinationContainer } as const;
    const scratch = scratchIn(pair.destinationBase);
    const deletes = spec.mirror !== undefined;
    if (!there) {
      const checks: readonly CheckName[] = ['write', 'copy', ...(deletes ? (['delete'] as const) : [])];
      for (const check of checks) this.#findings.skip({ ...about, check });
      return;
    }
    const key = object?.key ?? scratchIn(pair.sourceBase);
    try {
      const source = from.source(key, object?.etag ?? impossibleEtag);
      if (to.capabilities.ranges) {
        // The scratch file is not there: that answer is the right to write. What it would read from is not reached.
        await this.#findings.ask({ ...about, check: 'write' }, () =>
          to.putRangeFrom(scratch, source, oneByte, signal),
        );
        this.#findings.skip({ ...about, check: 'copy' }, notBeforeAFile);
      } else {
        await to.stageFrom(scratch, scratchBlockId, source, oneByte, signal);
        this.#findings.pass({ ...about, check: 'write' });
        this.#findings.pass({ ...about, check: 'copy' });
      }
    } catch (error) {
      this.#judgeStaging(pair, error, object);
    }
    await this.#checkTagWrites(about.container, scratch);
    if (!deletes) return;
    // The name does not exist, and the pin fits nothing: an answer about the object is the right to delete.
    await this.#findings.ask({ ...about, check: 'delete' }, () => to.delete(scratch, impossibleEtag, signal));
  }

  async #checkTagWrites(container: string, scratch: string): Promise<void> {
    const { spec, destination, signal } = this.#parts;
    const { probes } = destination;
    const known = this.#findings.all.some(
      (finding) =>
        finding.check === 'tags' &&
        finding.side === 'destination' &&
        finding.container === container &&
        finding.ok === true,
    );
    // Who may not read tags has been told which role has both rights.
    if (spec.tags === 'off' || probes === undefined || !known) return;
    const required = spec.tags === 'require';
    const subject = { check: 'writeTags', side: 'destination', container, required } as const;
    await this.#findings.ask(subject, () => probes.writeTags(container, scratch, signal));
  }

  #judgeStaging(pair: ContainerPair, error: unknown, object: ListedObject | null | undefined): void {
    const findings = this.#findings;
    const at = { side: 'destination', container: pair.destinationContainer } as const;
    const from = { side: 'source', container: pair.sourceContainer } as const;
    const verdict = lost(error, object) ?? judge(error, 'copy', 'destination', findings.reached);
    if (verdict === undefined) {
      findings.pass({ ...at, check: 'write' });
      findings.pass({ ...at, check: 'copy' });
    } else if (verdict.side === 'source') {
      // The destination went on to the source, so we may write.
      findings.pass({ ...at, check: 'write' });
      if (object === undefined) findings.skip({ ...from, check: 'copy' });
      else findings.note({ ...from, check: 'copy' }, verdict);
    } else if (verdict.code === 'copy-scope') {
      findings.skip({ ...at, check: 'write' });
      findings.note({ ...at, check: 'copy' }, verdict);
    } else {
      findings.note({ ...at, check: 'write' }, verdict);
      findings.skip({ ...at, check: 'copy' });
    }
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

/** One page below a prefix, or of the directory that it names. A directory that the job will make is an empty one. */
async function firstPage(
  store: ContainerStore,
  { prefix, ...options }: { readonly prefix: string; readonly limit: number; readonly signal: AbortSignal },
): Promise<ListPage> {
  if (store.capabilities.flat) return store.list({ prefix, ...options });
  try {
    return await store.listDirectory({ directory: prefix.slice(0, prefix.lastIndexOf('/') + 1), ...options });
  } catch (error) {
    const missing = isCopyError(error) && error.status === 404 && !error.code.endsWith('container-not-found');
    if (missing) return { objects: [] };
    throw error;
  }
}

/** The smallest look that needs the right to read: it has no content. */
function lookInto(store: ContainerStore, key: string, signal: AbortSignal): Promise<unknown> {
  return store.capabilities.blocks ? store.listBlocks(key, signal) : store.stat(key, { signal });
}

/** The reserved name in the folder of a place. */
function scratchIn(base: string): string {
  return base.slice(0, base.lastIndexOf('/') + 1) + scratchName;
}
