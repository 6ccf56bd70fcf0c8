import type { Operation } from '../job/operation.js';
import { manifestRows } from '../plan/manifest-rows.js';
import type { SegmentDraft } from '../plan/segment.js';
import type { BackupPoint, ManifestProgress } from '../record/backup-points.js';
import type { Board } from '../record/board.js';
import { writeManifestPage } from '../record/manifest.js';
import { readOutcomes } from '../record/outcomes.js';
import type { SegmentPart, SegmentRef } from '../record/refs.js';
import { readSegment } from '../record/segments.js';
import type { StateStore } from '../storage/state-store.js';
import type { PolicyStarter } from './start-due.js';

/** How long one look writes manifests; the next one goes on. */
const budgetMs = 45_000;

/**
 * Writes the manifest of a backup whose job is complete, one page for each segment, from where the last look stopped.
 * A page depends on its segment and outcomes alone, which never change: writing it twice is writing it once.
 */
export async function writeManifest(
  { state, clock, accounts }: PolicyStarter,
  point: BackupPoint,
  board: Board,
): Promise<{ readonly progress: ManifestProgress; readonly isComplete: boolean }> {
  const segments = board.groups[0]?.written ?? 0;
  const order = accounts.find(({ name }) => name === point.place.account)?.listingOrder ?? 'utf8';
  const untilMs = clock.now() + budgetMs;
  const homes = new Set(point.manifest?.homes ?? []);
  let { pages, objects } = point.manifest ?? { pages: 0, objects: 0 };
  while (pages < segments && clock.now() < untilMs) {
    const ref = { group: 0, index: pages };
    const draft = await readSegment(state, point.id, ref);
    const copied = await copiedKeys(state, point.id, ref, draft);
    const wasCopied = ({ key }: Operation): boolean => copied.has(key);
    const rows = manifestRows(draft, point.id, order, wasCopied);
    await writeManifestPage(state, { policy: point.policy, point: point.id }, pages, rows);
    for (const { home } of rows) homes.add(home);
    objects += rows.length;
    pages += 1;
  }
  return { progress: { pages, objects, homes: [...homes] }, isComplete: pages >= segments };
}

async function copiedKeys(
  state: StateStore,
  job: string,
  ref: SegmentRef,
  draft: SegmentDraft,
): Promise<ReadonlySet<string>> {
  const parts: readonly SegmentPart[] = [
    ...(draft.copies.length > 0 ? ['copy' as const] : []),
    ...draft.large.map((_, large) => ({ large })),
  ];
  const keys = new Set<string>();
  for (const part of parts) {
    const stored = await readOutcomes(state, job, { ...ref, part });
    for (const { outcome, key } of stored?.outcomes ?? []) if (outcome === 'copied') keys.add(key);
  }
  return keys;
}
