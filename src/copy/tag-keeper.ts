import { isCopyError } from '../job/copy-error.js';
import type { PreserveMode } from '../job/job-spec.js';
import type { StringMap } from '../job/operation.js';

/** Decides whether a write carries tags, and what a refusal of them means. */
export interface TagKeeper {
  /** True while writes carry tags. */
  readonly wanted: boolean;
  /** Runs `write` with the tags to send. A refusal under `auto` is answered by one more write without them. */
  send<T>(tags: StringMap | undefined, write: (tags: StringMap | undefined) => Promise<T>): Promise<T>;
}

/**
 * One keeper a slice: after the first refusal under `auto` no write carries tags any more, and `note` was called once.
 * Under `require` the refusal `tags-not-permitted` goes to the caller.
 */
export function createTagKeeper(mode: PreserveMode, note: (warning: string) => void): TagKeeper {
  let sending = mode !== 'off';
  const drop = (): void => {
    if (sending) note('Tags are not copied: the identity may not write them at the destination.');
    sending = false;
  };
  return {
    get wanted() {
      return sending;
    },
    send: async (tags, write) => {
      if (!sending || tags === undefined || Object.keys(tags).length === 0) return write(undefined);
      try {
        return await write(tags);
      } catch (error) {
        if (mode === 'require' || !isCopyError(error) || error.code !== 'tags-not-permitted') throw error;
      }
      const result = await write(undefined);
      // Only now is it proved that the tags, and not the write itself, were refused.
      drop();
      return result;
    },
  };
}
