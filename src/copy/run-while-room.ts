import { isCopyError } from '../job/copy-error.js';

/**
 * Works through `next` with as many at once as there is room, asked anew whenever one ends: what has not begun is not
 * held in any form. After a failure nothing more is taken; it is thrown when nothing is in flight any more, of several
 * one that no retry can mend.
 */
export async function runWhileRoom<T>(
  room: () => number,
  next: () => T | undefined,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  let working = 0;
  await new Promise<void>((resolve) => {
    const end = (): void => {
      working -= 1;
      fill();
    };
    const fill = (): void => {
      while (working < Math.max(1, room())) {
        const item = failures.length > 0 ? undefined : next();
        if (item === undefined) break;
        working += 1;
        work(item).then(end, (error: unknown) => {
          failures.push(error);
          end();
        });
      }
      if (working === 0) resolve();
    };
    fill();
  });
  const telling = failures.find((error) => isCopyError(error) && !error.retryable) ?? failures[0];
  if (telling !== undefined) throw telling as Error;
}
