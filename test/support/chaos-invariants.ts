import { countNames, outcomeKinds, settledCount, type OutcomeKind } from '../../src/job/outcome.js';
import { isTerminal } from '../../src/job/status.js';
import { readJob } from '../../src/record/jobs.js';
import { stateNames } from '../../src/record/refs.js';
import { listSegments, readSegment } from '../../src/record/segments.js';
import type { CompletionEvent } from '../../src/report/completion-event.js';
import { reconcile } from '../../src/report/reconcile.js';
import type { ReportLine } from '../../src/report/report-line.js';
import { readReport } from '../../src/report/report-page.js';
import { copiedFile, wasReadOnly } from './chaos-files.js';
import type { ChaosWorld } from './chaos-world.js';
import { isWhole, type Version } from './chaos-watch.js';

/**
 * Everything that is broken after a job, as sentences; empty when nothing is. `retried`: the job before, whose failures
 * alone this one copies.
 */
export async function brokenInvariants(
  world: ChaosWorld,
  job: string,
  retried?: string,
): Promise<readonly string[]> {
  const lines = await reportOf(world, job);
  const plan = await plannedVersions(world, job, retried);
  return [
    ...(await countsOf(world, job, lines)),
    ...statusOf(world, job),
    ...(await eventOf(world, job)),
    ...lines.flatMap((line) => lineOf(world, plan, line)),
    ...(retried === undefined ? lostOf(world, job, lines) : []),
    ...[...world.watch.destinationVersions].flatMap(([key, versions]) =>
      writesOf(world, key, versions, plan),
    ),
    ...(world.scenario.spec.dryRun ? writesIn(world) : []),
    ...snapshotsOf(world, job),
    ...world.brokenSnapshots,
    ...world.stateWatch.rewritten.map((name) => `${name} was written again with other content`),
    ...world.watch.needlessBlocks.map((block) => `staged again although it was there: ${block}`),
  ];
}

/** Whoever wants to hear of the end does, whenever the process that closed the job died. */
async function eventOf(world: ChaosWorld, job: string): Promise<readonly string[]> {
  const blob = await world.state.get(stateNames.outboxEntry(job));
  const entry =
    blob === undefined ? undefined : (JSON.parse(blob.body.toString('utf8')) as { event: CompletionEvent });
  const { status } = world.board(job);
  return entry?.event.data['status'] === status
    ? []
    : [`the job is ${status}, and no event in the outbox says so`];
}

/** The whole report, in small pages. */
async function reportOf(world: ChaosWorld, job: string): Promise<readonly ReportLine[]> {
  const record = await readJob(world.state, job);
  if (record === undefined) throw new Error('the job has no record');
  const lines: ReportLine[] = [];
  let token: string | undefined;
  do {
    const page = await readReport(
      world.state,
      { record, board: world.board(job) },
      { outcomes: new Set(outcomeKinds), maxLines: 50, ...(token === undefined ? {} : { token }) },
    );
    lines.push(...page.lines);
    token = page.next;
  } while (token !== undefined);
  return lines;
}

/** Conservation: board, outcome blobs and report agree, and every planned object has exactly one line. */
async function countsOf(
  world: ChaosWorld,
  job: string,
  lines: readonly ReportLine[],
): Promise<readonly string[]> {
  const broken: string[] = [];
  const { totals } = world.board(job);
  if (settledCount(totals) !== totals.planned) {
    broken.push(`the totals do not add up: ${JSON.stringify(totals)}`);
  }
  const { counts } = await reconcile(world.state, job);
  for (const kind of outcomeKinds) {
    const name = countNames[kind];
    const reported = lines.filter(({ outcome }) => outcome === kind).length;
    if (totals[name] !== counts[name] || reported !== counts[name]) {
      const figures = `board ${String(totals[name])}, blobs ${String(counts[name])}, report ${String(reported)}`;
      broken.push(`${kind}: ${figures}`);
    }
  }
  const keys = new Set(lines.map(({ key }) => key));
  if (keys.size !== lines.length || lines.length !== totals.planned) {
    const figures = `${String(lines.length)} lines, ${String(keys.size)} names, ${String(totals.planned)} planned`;
    broken.push(`the report does not name every planned object once: ${figures}`);
  }
  return broken;
}

function statusOf(world: ChaosWorld, job: string): readonly string[] {
  const { happened } = world;
  const { status, reason, totals } = world.board(job);
  if (!isTerminal(status)) return [`the job is ${status}`];
  if (status === 'Cancelled' && !happened.cancelAsked)
    return ['the job is Cancelled, and nobody asked for it'];
  if (status === 'Failed') {
    const proven = happened.roleRemoved && reason?.code.endsWith('-role-missing') === true;
    return proven ? [] : [`the job is Failed: ${JSON.stringify(reason)}`];
  }
  if (
    status === 'Completed' &&
    !world.scenario.spec.dryRun &&
    totals.failed + totals.conflicts + totals.notAttempted > 0
  ) {
    return [`the job is Completed: ${JSON.stringify(totals)}`];
  }
  return [];
}

/**
 * No job leaves a snapshot behind, however often its workers died; but for one that is taken after the job's end, for a
 * worker that dies before it can delete it (docs/files.md).
 */
function snapshotsOf(world: ChaosWorld, job: string): readonly string[] {
  const { killed, roleRemoved } = world.happened;
  const endedAt = world.board(job).finishedAt ?? '';
  const left = world.snapshotsOf(job).filter((time) => killed === 0 || time <= endedAt);
  return left.length === 0 || roleRemoved ? [] : [`snapshots of the source are left: ${left.join(' ')}`];
}

type Judge = (world: ChaosWorld, plan: PlannedVersions, line: ReportLine, told: string) => readonly string[];

const judges: Readonly<Record<OutcomeKind, Judge>> = {
  copied: (world, { job }, { key }, told) => copiedLine(world, job, key, told),
  deleted: (world, _, { key }, told) => deletedLine(world, key, told),
  conflict: (world, plan, { key }, told) =>
    mayConflict(world, key, plan) ? [] : [`${told}, and nobody else wrote there`],
  failed: (world, plan, line, told) => (mayFail(world, plan, line) ? [] : [`${told}: ${line.message ?? ''}`]),
  skipped: (world, _, { key, reason }, told) =>
    reason !== 'vanished' || world.happened.sourceDeleted.has(key) ? [] : [told],
  notAttempted: (world, { job }, { reason }, told) => {
    const { status } = world.board(job);
    const known =
      status === 'Cancelled' ||
      status === 'Failed' ||
      reason === 'delete-not-opened' ||
      (world.scenario.spec.dryRun && reason === 'dry-run');
    return known ? [] : [`${told} in a job that is ${status}`];
  },
};

/** What one line claims, against what stands at the destination and what happened to this object. */
function lineOf(world: ChaosWorld, plan: PlannedVersions, line: ReportLine): readonly string[] {
  return judges[line.outcome](world, plan, line, `${line.key}: ${line.outcome} ${line.reason}`);
}

function copiedLine(world: ChaosWorld, job: string, key: string, told: string): readonly string[] {
  const isFile = world.scenario.direction.target === 'files' || key.endsWith('/');
  return isFile ? copiedFile(world, job, key, told) : copiedBlob(world, key, told);
}

function copiedBlob({ watch, cloud, happened }: ChaosWorld, key: string, told: string): readonly string[] {
  const writes = (watch.destinationVersions.get(key) ?? []).filter(({ by }) => by === 'product');
  const versions = watch.sourceVersions.get(key) ?? [];
  if (writes.length === 0) return [`${told}, and nothing was written`];
  const written = writes.at(-1)?.object;
  const changed = happened.sourceChanged.has(key) || happened.sourceDeleted.has(key);
  const now = cloud.account('target').object('copy', key);
  if (written !== undefined && !changed && !isWhole(written.content, versions))
    return [`${told}, not as the source`];
  if (now === undefined && !happened.destinationChanged.has(key)) return [`${told}, and nothing is there`];
  return [];
}

function deletedLine({ cloud, happened }: ChaosWorld, key: string, told: string): readonly string[] {
  const there = cloud.account('target').object('copy', key) !== undefined;
  return there && !happened.destinationChanged.has(key) ? [`${told}, and it is there`] : [];
}

/**
 * Somebody else wrote there. Or a worker that died had planned the object again and copied a version that the segment
 * does not name, and that the source no longer shows: then nothing tells that write from a stranger's, and a stranger's
 * must not be claimed. The report says `conflict`, and the next job copies the present version.
 */
function mayConflict({ happened, watch }: ChaosWorld, key: string, plan: PlannedVersions): boolean {
  if (happened.destinationChanged.has(key)) return true;
  const versions = watch.sourceVersions.get(key) ?? [];
  const written = (watch.destinationVersions.get(key) ?? []).findLast(({ by }) => by === 'product')?.object;
  const at = versions.findIndex((version) => isWhole(written?.content ?? [], [version]));
  const version = versions[at];
  if (version === undefined || plan.sources.get(key)?.has(version.etag) === true) return false;
  return at < versions.length - 1 || happened.roleRemoved || happened.sourceDeleted.has(key);
}

function mayFail(world: ChaosWorld, { isRetry }: PlannedVersions, { key, reason }: ReportLine): boolean {
  const { scenario, happened } = world;
  if (scenario.poisoned.includes(key)) return true;
  if (happened.roleRemoved && reason.endsWith('-role-missing')) return true;
  if (reason === 'destination-read-only') return wasReadOnly(world, key, isRetry);
  // Somebody has put a shorter file in the place of the one that was being filled.
  if (reason === 'bad-request')
    return scenario.direction.target === 'files' && happened.destinationChanged.has(key);
  const changed = happened.sourceChanged.has(key) || happened.sourceDeleted.has(key);
  // What is read from a snapshot does not change.
  if (scenario.spec.consistency === 'snapshot' && reason === 'source-changed') return false;
  return changed && (reason === 'source-changed' || reason === 'source-not-found');
}

/** Objects that were at the source all the time are in the report, once the listing is complete. */
function lostOf(world: ChaosWorld, job: string, lines: readonly ReportLine[]): readonly string[] {
  if (!world.board(job).groups.every((group) => group.listed)) return [];
  if (world.board(job).groups.length === 0) return [];
  const named = new Set(lines.map(({ key }) => key));
  const { sources, spec } = world.scenario;
  return sources
    .map(({ key }) => key)
    .filter((key) => spec.emptyDirectories === true || !key.endsWith('/'))
    .filter((key) => !named.has(key) && !world.happened.sourceDeleted.has(key))
    .map((key) => `${key} is at the source and not in the report`);
}

/** ETags that the segments of a job, and of the one it retries, name: by key. */
interface PlannedVersions {
  readonly job: string;
  readonly isRetry: boolean;
  readonly sources: ReadonlyMap<string, ReadonlySet<string>>;
  readonly destinations: ReadonlyMap<string, ReadonlySet<string>>;
}

async function plannedVersions(world: ChaosWorld, job: string, retried?: string): Promise<PlannedVersions> {
  const [sources, destinations] = [new Map<string, Set<string>>(), new Map<string, Set<string>>()];
  const note = (etags: Map<string, Set<string>>, key: string, etag: string | undefined): void => {
    if (etag !== undefined) etags.set(key, (etags.get(key) ?? new Set()).add(etag));
  };
  for (const each of retried === undefined ? [job] : [retried, job]) {
    for await (const { ref } of listSegments(world.state, each)) {
      const { copies, large, deletes } = await readSegment(world.state, each, ref);
      for (const { key, etag } of deletes) note(destinations, key, etag);
      for (const { key, etag, destinationEtag } of [...copies, ...large]) {
        note(sources, key, etag);
        note(destinations, key, destinationEtag);
      }
    }
  }
  return { job, isRetry: retried !== undefined, sources, destinations };
}

/** No torn object, and nothing that somebody else wrote is replaced unless the plan saw it. */
function writesOf(
  world: ChaosWorld,
  key: string,
  versions: readonly Version[],
  { destinations }: PlannedVersions,
): readonly string[] {
  const others = new Set(versions.filter(({ by }) => by === 'other').map(({ object }) => object?.etag));
  // In a share nothing can be pinned, and a file has its length before its content: what is there at the end is judged.
  if (world.scenario.direction.target === 'files') return [];
  const sources = world.watch.sourceVersions.get(key) ?? [];
  return versions.flatMap(({ by, object, replaced }) => {
    if (by === 'other') return [];
    const told = `at ${key}, ${replaced ?? 'nothing'} was replaced`;
    const blind =
      replaced !== undefined && others.has(replaced) && destinations.get(key)?.has(replaced) !== true;
    const torn = object !== undefined && object.sizeBytes > 0 && !isWhole(object.content, sources);
    return [
      ...(blind ? [`${told} unseen`] : []),
      ...(torn ? [`${told} by a torn object: ${JSON.stringify(object.content)}`] : []),
    ];
  });
}

/** What a dry run must not have: a version or a block of ours at the destination. */
function writesIn({ watch }: ChaosWorld): readonly string[] {
  const written = [...watch.destinationVersions].filter(([, versions]) =>
    versions.some(({ by }) => by === 'product'),
  );
  const blocks = watch.stagedBlocks === 0 ? [] : [`${String(watch.stagedBlocks)} blocks in a dry run`];
  return [...written.map(([key]) => `${key} was written in a dry run`), ...blocks];
}
