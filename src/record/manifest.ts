import type { ManifestRow } from '../job/manifest.js';
import type { StateStore } from '../storage/state-store.js';
import { listAll } from './list-all.js';
import { packLines, unpackLines } from './packed-lines.js';
import { stateNames } from './refs.js';

/** A point whose manifest is meant. */
export interface ManifestRef {
  readonly policy: string;
  readonly point: string;
}

/** Stores a page; the same page again is the same bytes. One request. */
export async function writeManifestPage(
  state: StateStore,
  ref: ManifestRef,
  page: number,
  rows: Iterable<ManifestRow>,
): Promise<void> {
  const { body } = await packLines(rows);
  await state.put(stateNames.manifestPage(ref.policy, ref.point, page), body);
}

/** The rows of a page, in listing order; undefined behind the last page. One request. */
export async function readManifestPage(
  state: StateStore,
  { policy, point }: ManifestRef,
  page: number,
): Promise<readonly ManifestRow[] | undefined> {
  const blob = await state.get(stateNames.manifestPage(policy, point, page));
  return blob === undefined ? undefined : ((await unpackLines(blob.body)) as readonly ManifestRow[]);
}

/** Pages of a manifest; the last one read is kept, since listings go through it once, in order. */
export function createManifestReader(
  state: StateStore,
  ref: ManifestRef,
): (page: number) => Promise<readonly ManifestRow[] | undefined> {
  let kept: { readonly page: number; readonly rows: readonly ManifestRow[] | undefined } | undefined;
  return async (page) => {
    if (kept?.page !== page) kept = { page, rows: await readManifestPage(state, ref, page) };
    return kept.rows;
  };
}

/** Removes every page. Safe to repeat. One request per page and one per 5,000. */
export async function removeManifest(state: StateStore, { policy, point }: ManifestRef): Promise<void> {
  for await (const { name } of listAll(state, stateNames.manifest(policy, point))) await state.delete(name);
}
