import { outcomeKinds, settledCount, type OutcomeKind } from '../../src/job/outcome.js';
import { isTerminal } from '../../src/job/status.js';
import type { SegmentDraft } from '../../src/plan/segment.js';
import { readJob } from '../../src/record/jobs.js';
import { listSegments, readSegment } from '../../src/record/segments.js';
import { reconcile } from '../../src/report/reconcile.js';
import type { ReportLine } from '../../src/report/report-line.js';
import { readReport } from '../../src/report/report-page.js';
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
  const plan = await plannedVersions(world, retried === undefined ? [job] : [retried, job]);
  return [
    ...(await countsOf(world, job, lines)),
    ...statusOf(world, job),
    ...lines.flatMap((line) => lineOf(world, job, line)),
    ...(retried === undefined ? lostOf(world, job, lines) : []),
    ...[...world.watch.destinationVersions].flatMap(([key, versions]) =>
      writesOf(world, key, versions, plan),
    ),
    ...world.stateWatch.rewritten.map((name) => `${name} was written again with other content`),
    ...world.watch.needlessBlocks.map((block) => `staged again although it was there: ${block}`),
  ];
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
  const names: Readonly<Record<OutcomeKind, keyof typeof counts>> = {
    copied: 'copied',
    skipped: 'skipped',
    deleted: 'deleted',
    failed: 'failed',
    conflict: 'conflicts',
    notAttempted: 'notAttempted',
  };
  for (const kind of outcomeKinds) {
    const name = names[kind];
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
  if (status === 'Completed' && totals.failed + totals.conflicts + totals.notAttempted > 0) {
    return [`the job is Completed: ${JSON.stringify(totals)}`];
  }
  return [];
}

type Judge = (world: ChaosWorld, job: string, line: ReportLine, told: string) => readonly string[];

const judges: Readonly<Record<OutcomeKind, Judge>> = {
  copied: (world, _, { key }, told) => copiedLine(world, key, told),
  deleted: (world, _, { key }, told) => deletedLine(world, key, told),
  conflict: (world, _, { key }, told) =>
    mayConflict(world, key) ? [] : [`${told}, and nobody else wrote there`],
  failed: (world, _, line, told) => (mayFail(world, line) ? [] : [`${told}: ${line.message ?? ''}`]),
  skipped: (world, _, { key, reason }, told) =>
    reason !== 'vanished' || mayVanish(world, key) ? [] : [told],
  notAttempted: (world, job, { reason }, told) => {
    const { status } = world.board(job);
    const known = status === 'Cancelled' || status === 'Failed' || reason === 'delete-not-opened';
    return known ? [] : [`${told} in a job that is ${status}`];
  },
};

/** What one line claims, against what stands at the destination and what happened to this object. */
function lineOf(world: ChaosWorld, job: string, line: ReportLine): readonly string[] {
  return judges[line.outcome](world, job, line, `${line.key}: ${line.outcome} ${line.reason}`);
}

function copiedLine({ watch, cloud, happened }: ChaosWorld, key: string, told: string): readonly string[] {
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
 * Somebody else wrote there. Or a dead worker had copied a version that is neither the planned nor the present one, or
 * that could not be looked at any more: then nobody can tell that it was our write.
 */
function mayConflict({ happened, watch }: ChaosWorld, key: string): boolean {
  const versions = watch.sourceVersions.get(key)?.length ?? 0;
  const unknowable =
    versions > 2 || (versions > 1 && (happened.roleRemoved || happened.sourceDeleted.has(key)));
  return happened.destinationChanged.has(key) || unknowable;
}

/** Of two workers on one delete, the second finds the extra gone and cannot know by whom. */
function mayVanish({ happened, watch }: ChaosWorld, key: string): boolean {
  const isExtra = !watch.sourceVersions.has(key);
  const weDeleted = watch.destinationVersions.get(key)?.at(-1)?.by === 'product';
  return happened.sourceDeleted.has(key) || (isExtra && weDeleted);
}

function mayFail({ scenario, happened }: ChaosWorld, { key, reason }: ReportLine): boolean {
  if (scenario.poisoned.includes(key)) return true;
  if (happened.roleRemoved && reason.endsWith('-role-missing')) return true;
  const changed = happened.sourceChanged.has(key) || happened.sourceDeleted.has(key);
  return changed && (reason === 'source-changed' || reason === 'source-not-found');
}

/** Objects that were at the source all the time are in the report, once the listing is complete. */
function lostOf(world: ChaosWorld, job: string, lines: readonly ReportLine[]): readonly string[] {
  if (!world.board(job).groups.every((group) => group.listed)) return [];
  if (world.board(job).groups.length === 0) return [];
  const named = new Set(lines.map(({ key }) => key));
  return world.scenario.sources
    .map(({ key }) => key)
    .filter((key) => !named.has(key) && !world.happened.sourceDeleted.has(key))
    .map((key) => `${key} is at the source and not in the report`);
}

/** ETags of the destination that segments saw, by key. */
async function plannedVersions(
  world: ChaosWorld,
  jobs: readonly string[],
): Promise<ReadonlyMap<string, Set<string>>> {
  const planned = new Map<string, Set<string>>();
  for (const job of jobs) {
    for await (const { ref } of listSegments(world.state, job)) {
      notePlan(planned, await readSegment(world.state, job, ref));
    }
  }
  return planned;
}

function notePlan(planned: Map<string, Set<string>>, { copies, large, deletes }: SegmentDraft): void {
  for (const { action, key, etag, destinationEtag } of [...copies, ...large, ...deletes]) {
    const seen = action === 'delete' ? etag : destinationEtag;
    const known = planned.get(key) ?? new Set();
    if (seen !== undefined) known.add(seen);
    planned.set(key, known);
  }
}

/** No torn object, and nothing that somebody else wrote is replaced unless the plan saw it. */
function writesOf(
  world: ChaosWorld,
  key: string,
  versions: readonly Version[],
  plan: ReadonlyMap<string, Set<string>>,
): readonly string[] {
  const others = new Set(versions.filter(({ by }) => by === 'other').map(({ object }) => object?.etag));
  const sources = world.watch.sourceVersions.get(key) ?? [];
  return versions.flatMap(({ by, object, replaced }) => {
    if (by === 'other') return [];
    const told = `at ${key}, ${replaced ?? 'nothing'} was replaced`;
    const blind = replaced !== undefined && others.has(replaced) && plan.get(key)?.has(replaced) !== true;
    const torn = object !== undefined && object.sizeBytes > 0 && !isWhole(object.content, sources);
    return [
      ...(blind ? [`${told} unseen`] : []),
      ...(torn ? [`${told} by a torn object: ${JSON.stringify(object.content)}`] : []),
    ];
  });
}

/** After a job in which nothing happened: the destination is the source, whatever stood there before. */
export function unequalObjects(world: ChaosWorld): readonly string[] {
  const [source, target] = [world.cloud.account('source'), world.cloud.account('target')];
  const unequal = source.keys('data').filter((key) => {
    const [from, to] = [source.object('data', key), target.object('copy', key)];
    return JSON.stringify(from?.content) !== JSON.stringify(to?.content);
  });
  return unequal.map((key) => `${key} is not equal at the end`);
}
