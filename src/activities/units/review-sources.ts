import { copyAgain } from '../../copy/copy-object.js';
import { isPinned } from '../../copy/look-at-source.js';
import { Retry } from '../../copy/retry.js';
import { isCopyError } from '../../job/copy-error.js';
import type { Operation } from '../../job/operation.js';
import type { Outcome } from '../../job/outcome.js';
import type { ListedObject, ObjectStore } from '../../storage/store.js';
import type { Holding } from '../../record/board.js';
import type { SliceScope } from '../slice-scope.js';

/**
 * Looks again at the sources of copies that could not be pinned to their versions, by listing their directories once more,
 * and copies again what has changed. Gives the outcomes that are other than before; none where every copy was pinned.
 * Throws `CopyError`.
 */
export async function reviewSources(
  scope: SliceScope,
  holding: Holding,
  operations: readonly Operation[],
  outcomeOf: (operation: Operation) => Outcome | undefined,
): Promise<readonly Outcome[]> {
  const unpinned = operations.filter(
    (operation) =>
      operation.kind === undefined &&
      outcomeOf(operation)?.outcome === 'copied' &&
      !isPinned({ source: scope.source(operation.pair), destination: scope.destination(operation.pair) }),
  );
  const reviewed = await Promise.all(
    byDirectory(scope, unpinned).map((group) => reviewDirectory(scope, holding, group)),
  );
  return reviewed.flat();
}

interface Group {
  readonly store: ObjectStore;
  readonly directory: string;
  /** By full key. */
  readonly operations: ReadonlyMap<string, Operation>;
}

function byDirectory(scope: SliceScope, operations: readonly Operation[]): readonly Group[] {
  const groups = new Map<string, Group & { readonly operations: Map<string, Operation> }>();
  for (const operation of operations) {
    const key = scope.pair(operation.pair).sourceBase + operation.key;
    const directory = key.slice(0, key.lastIndexOf('/') + 1);
    const name = `${String(operation.pair)} ${directory}`;
    const group = groups.get(name) ?? {
      store: scope.source(operation.pair),
      directory,
      operations: new Map(),
    };
    group.operations.set(key, operation);
    groups.set(name, group);
  }
  return [...groups.values()];
}

async function reviewDirectory(
  scope: SliceScope,
  holding: Holding,
  group: Group,
): Promise<readonly Outcome[]> {
  const changed = new Map(group.operations);
  for await (const { key, etag } of listed(scope, group)) {
    if (group.operations.get(key)?.etag === etag) changed.delete(key);
    if (changed.size === 0) break;
  }
  const again = [...changed.values()].map((operation) =>
    scope.window.run(() => copyAgain(operation, scope.copyContext(operation.pair, holding))),
  );
  return Promise.all(again);
}

/** What the directory holds now; one file alone is asked for by its name. */
async function* listed(
  scope: SliceScope,
  { store, directory, operations }: Group,
): AsyncGenerator<Pick<ListedObject, 'key' | 'etag'>> {
  const { signal } = scope;
  const retry = new Retry({ clock: scope.services.clock, signal });
  const [only] = operations.keys();
  if (operations.size === 1 && only !== undefined) {
    const found = await scope.window.run(() => retry.read(() => store.stat(only, { signal })));
    if (found !== undefined) yield found;
    return;
  }
  let token: string | undefined;
  do {
    const from = token === undefined ? {} : { token };
    const page = await scope.window.run(() =>
      retry.read(() => orEmpty(store.listDirectory({ directory, signal, ...from }))),
    );
    yield* page.objects;
    token = page.next;
  } while (token !== undefined);
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
