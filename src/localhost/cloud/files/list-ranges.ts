import type { FrontReply } from '../exchange.js';
import type { Span } from './extents.js';
import { coalesce, extentsWithin, subtract } from './extents.js';
import type { FileCall, ShareView } from './file-call.js';
import { fileAt, headerOf, pathOf, snapshotOf, viewOf } from './file-call.js';
import { stampHeaders, xmlReply } from './file-reply.js';
import { pageOf } from './paging.js';
import { readRange } from './range-operations.js';
import { element } from './xml.js';

interface ListedRange extends Span {
  readonly name: 'Range' | 'ClearRange';
}

/**
 * List Ranges: what was written, or with `prevsharesnapshot` what was written and cleared since that snapshot. All at once, or in
 * pages when the request asks for a page.
 */
export function listRanges(call: FileCall): FrontReply {
  const view = viewOf(call);
  const path = pathOf(call);
  const file = fileAt(view.tree, path);
  const text = headerOf(call, 'x-ms-range') ?? headerOf(call, 'range');
  const asked = text === undefined ? { start: 0, end: Infinity } : readRange('x-ms-range', text);
  const { query } = call.target;
  const previous = query.get('prevsharesnapshot');
  const ranges =
    previous === null
      ? named('Range', coalesce(extentsWithin(file.extents, asked)))
      : rangesSince(view, path, previous, asked);
  const isPaged = query.has('maxresults') || query.has('marker');
  const page = isPaged ? pageOf(query, ranges.map(sortKey)) : undefined;
  const wanted = page === undefined ? undefined : new Set(page.names);
  const listed = ranges.filter((range) => wanted === undefined || wanted.has(sortKey(range)));
  const root = element('Ranges', [
    ...listed.map(({ name, start, end }) =>
      element(name, [element('Start', start), element('End', end - 1)]),
    ),
    ...(page === undefined ? [] : [element('NextMarker', page.nextMarker)]),
  ]);
  return xmlReply(call, root, [...stampHeaders(file), ['x-ms-content-length', String(file.lengthBytes)]]);
}

/** By place in the file. */
function sortKey({ start }: Span): string {
  return String(start).padStart(16, '0');
}

function named(name: ListedRange['name'], spans: readonly Span[]): ListedRange[] {
  return spans.map(({ start, end }) => ({ name, start, end }));
}

/** What differs from a file of the same path in a snapshot: 404 ShareSnapshotNotFound. */
function rangesSince(
  { share, tree }: ShareView,
  path: readonly string[],
  previous: string,
  asked: Span,
): ListedRange[] {
  const before = snapshotOf(share, previous);
  const former = before.tree.at(path);
  const had = former?.kind === 'file' ? extentsWithin(former.extents, asked) : [];
  const has = extentsWithin(fileAt(tree, path).extents, asked);
  const younger = has.filter(({ generation }) => generation > before.generation);
  return [...named('Range', coalesce(younger)), ...named('ClearRange', coalesce(subtract(had, has)))].sort(
    (a, b) => a.start - b.start,
  );
}
