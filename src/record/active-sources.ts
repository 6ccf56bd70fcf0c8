import type { Location } from '../job/account.js';
import { isTerminal } from '../job/status.js';
import type { StateStore } from '../storage/state-store.js';
import { listActive } from './active.js';
import { readBoard, readJob } from './jobs.js';

/**
 * The places that jobs read which have not ended; of a restore, every folder that holds its objects. What only deletes
 * reads nothing. One listing, and two requests for each marked job.
 */
export async function listActiveSources(state: StateStore): Promise<readonly Location[]> {
  const places: Location[] = [];
  for await (const { job } of listActive(state)) {
    const [record, version] = await Promise.all([readJob(state, job), readBoard(state, job)]);
    if (record === undefined || (version !== undefined && isTerminal(version.board.status))) continue;
    const { source, backup } = record.spec;
    if (backup?.kind === 'prune') continue;
    places.push(source.location);
    if (backup?.kind === 'restore') {
      for (const { prefix } of backup.homes) places.push({ ...source.location, prefix });
    }
  }
  return places;
}
