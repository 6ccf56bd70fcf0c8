import { copyAgain } from '../../copy/copy-object.js';
import { isPinned } from '../../copy/look-at-source.js';
import { Retry } from '../../copy/retry.js';
import { isCopyError } from '../../job/copy-error.js';
import type { Operation } from '../../job/operation.js';
import type { Outcome } from '../../job/outcome.js';
import type { PageRun, SegmentDraft } from '../../plan/segment.js';
import type { ObjectStore } from '../../storage/store.js';
import type { Holding } from '../../record/board.js';
import type { SliceScope } from '../slice-scope.js';
import { type DirectoryReader, findChanged } from './find-changed.js';

/**
 * Looks again at the sources of copies that could not be pinned to their versions, by listing once more the pages of their
 * directories that the plan saw them on, and copies again what has changed. Gives the outcomes that are other than before;
 * none where every copy was pinned. Throws `CopyError`.
 */
export async function reviewSources(
  scope: SliceScope,
  holding: Holding,
  draft: SegmentDraft,
  outcomeOf: (operation: Operation) => Outcome | undefined,
): Promise<readonly Outcome[]> {
  const unpinned = draft.copies.filter(
    (operation) =>
      operation.kind === undefined &&
      outcomeOf(operation)?.outcome === 'copied' &&
      !isPinned({ source: scope.source(operation.pair), destination: scope.destination(operation.pair) }),
  );
  const reviewed = await Promise.all(
    byDirectory(scope, unpinned).map((group) => reviewDirectory(scope, holding, group, runsOf(draft, group))),
  );
  return reviewed.flat();
}

interface Group {
  readonly pair: number;
  readonly directory: string;
  /** By full key. */
  readonly operations: ReadonlyMap<string, Operation>;
}

function byDirectory(scope: SliceScope, operations: readonly Operation[]): readonly Group[] {
  const groups = new Map<string, Group & { readonly operations: Map<string, Operation> }>();
  for (const operation of operations) {
    const { pair } = operation;
    const key = scope.pair(pair).sourceBase + operation.key;
    const directory = key.slice(0, key.lastIndexOf('/') + 1);
    const name = `${String(pair)} ${directory}`;
    const group = groups.get(name) ?? { pair, directory, operations: new Map() };
    group.operations.set(key, operation);
    groups.set(name, group);
  }
  return [...groups.values()];
}

function runsOf({ sourcePages = [] }: SegmentDraft, { pair, directory }: Group): readonly PageRun[] {
  return sourcePages.find((pages) => pages.pair === pair && pages.directory === directory)?.runs ?? [];
}

async function reviewDirectory(
  scope: SliceScope,
  holding: Holding,
  group: Group,
  runs: readonly PageRun[],
): Promise<readonly Outcome[]> {
  const changed = await findChanged(group.operations, runs, readerOf(scope, group));
  const again = changed.map((operation) =>
    scope.window.run(() => copyAgain(operation, scope.copyContext(operation.pair, holding))),
  );
  return Promise.all(again);
}

function readerOf(scope: SliceScope, { pair, directory }: Group): DirectoryReader {
  const { signal, services, window } = scope;
  const store = scope.source(pair);
  const retry = new Retry({ clock: services.clock, signal });
  return {
    list: (token) => {
      const from = token === undefined ? {} : { token };
      return window.run(() => retry.read(() => orEmpty(store.listDirectory({ directory, signal, ...from }))));
    },
    look: (key) => window.run(() => retry.read(() => store.stat(key, { signal }))),
  };
}

/** A directory that is gone holds nothing. */
async function orEmpty(
  page: ReturnType<ObjectStore['listDirectory']>,
): ReturnType<ObjectStore['listDirectory']> {
  try {
    return await page;
  } catch (error) {
    if (isCopyError(error) && error.status === 404 && !error.code.endsWith('-container-not-found')) {
      return { objects: [] };
    }
    throw error;
  }
}
