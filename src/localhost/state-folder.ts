import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

const ours = new Set(['cloud', 'host', 'logs', 'local.json', 'accounts.json', 'ca.pem']);

/**
 * Removes what a supervisor has left in its state folder; the folder stays. Rejects, and removes nothing, when the folder
 * holds anything else: somebody may have named a folder of their own.
 */
export async function clearState(directory: string): Promise<void> {
  const names = await readdir(directory);
  const foreign = names.filter((name) => !ours.has(name));
  if (foreign.length > 0) {
    throw new Error(
      `${directory} holds ${foreign.slice(0, 3).join(', ')}, which is not ours to remove. Choose another folder.`,
    );
  }
  for (const name of names) {
    await rm(join(directory, name), { recursive: true, force: true });
  }
}
