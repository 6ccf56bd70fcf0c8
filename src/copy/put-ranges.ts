import type { Operation } from '../job/operation.js';
import type { ByteRange } from '../storage/store.js';
import { destinationKey, sourceKey, type CopyContext } from './context.js';
import { aborted, Retry } from './retry.js';
import { runWhileRoom } from './run-while-room.js';
import type { Window } from './throttle.js';

const rangesInFlight = 4;

/** Copies ranges, some at a time. Throws the first failure when nothing of it is in flight any more. */
export async function putRanges(
  ranges: readonly ByteRange[],
  operation: Operation,
  context: CopyContext & { readonly window?: Window },
): Promise<void> {
  const { destination, signal } = context;
  const source = context.source.source(sourceKey(operation, context), operation.etag);
  const key = destinationKey(operation, context);
  const put = async (range: ByteRange): Promise<void> => {
    await new Retry(context).write(() => destination.putRangeFrom(key, source, range, signal));
  };
  const queue = [...ranges];
  await runWhileRoom(
    () => context.blocksAtOnce?.() ?? rangesInFlight,
    () => (context.shouldStop?.() === true ? undefined : queue.shift()),
    (range) => context.window?.run(() => put(range)) ?? put(range),
  );
  if (queue.length > 0) throw aborted();
}
