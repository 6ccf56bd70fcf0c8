import { copyObject } from '../../copy/copy-object.js';
import type { Operation } from '../../job/operation.js';
import type { Outcome } from '../../job/outcome.js';
import type { Holding } from '../../record/board.js';
import type { SliceScope } from '../slice-scope.js';

/**
 * Looks again at the files that this unit has copied, when a second worker was given it meanwhile: that one may have
 * created a file anew between its last range and its end here, so that it has its length and no content. Such a file is
 * filled. Gives the outcomes that are other than before. One read of the board, and none for blobs. Throws `aborted`.
 */
export async function reviewShared(
  scope: SliceScope,
  holding: Holding,
  operations: readonly Operation[],
  outcomeOf: (operation: Operation) => Outcome | undefined,
): Promise<readonly Outcome[]> {
  const files = operations.filter((operation) => {
    const outcome = outcomeOf(operation);
    const isSame = outcome?.outcome === 'copied' && outcome.sizeBytes === operation.sizeBytes;
    return isSame && operation.sizeBytes > 0 && scope.destination(operation.pair).capabilities.ranges;
  });
  const [first] = files;
  // Whoever begins a unit again has looked at each file.
  if (first === undefined || holding.again) return [];
  if ((await scope.copyContext(first.pair, holding).isShared?.()) !== true) return [];
  const looks = files.map((operation) =>
    scope.window.run(() =>
      copyObject(operation, { ...scope.copyContext(operation.pair, holding), rerun: true }),
    ),
  );
  return (await Promise.all(looks)).filter(({ outcome }) => outcome !== 'copied');
}
