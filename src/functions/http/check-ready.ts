import { isCopyError } from '../../job/copy-error.js';
import type { Clock } from '../../runtime/clock.js';
import type { Readiness } from '../services.js';

const patienceMs = 5000;

/** Asks once, for at most 5 seconds; does not throw. The advice names a code of ours and nothing that the other said. */
export async function checkReady(
  clock: Clock,
  name: string,
  ask: () => Promise<unknown>,
): Promise<Readiness> {
  const over = new AbortController();
  try {
    const late = clock
      .sleep(patienceMs, over.signal)
      .then(() => Promise.reject(new Error('no answer in time')));
    await Promise.race([ask(), late]);
    return { name, ready: true };
  } catch (error) {
    const cause = isCopyError(error) ? error.code : 'no answer';
    return {
      name,
      ready: false,
      advice: `${cause}: see the app's log, its identity's roles and its network.`,
    };
  } finally {
    over.abort(new Error('answered'));
  }
}
