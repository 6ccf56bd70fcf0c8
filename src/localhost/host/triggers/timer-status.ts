import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { SystemError } from '../system-error.js';

const statusSchema = z.object({
  /** The schedule these times were computed from. */
  schedule: z.string(),
  /** When it last fired; absent when it never has. */
  last: z.iso.datetime().optional(),
  next: z.iso.datetime(),
  lastUpdated: z.iso.datetime(),
});
const fileSchema = z.record(z.string(), statusSchema);

/** Where one timer stands. Times are ISO 8601 in UTC. */
export type TimerStatus = z.infer<typeof statusSchema>;

/** The schedule status of all timers of an app in one small JSON file; survives restarts of the host. */
export interface TimerStatusFile {
  get(functionName: string): TimerStatus | undefined;
  /** Resolves when the file is replaced, whole or not at all. Calls are written in their order. */
  set(functionName: string, status: TimerStatus): Promise<void>;
}

/** Opens the file, which may not exist yet. Throws a SystemError when it is not what this host has written. */
export async function openTimerStatusFile(path: string): Promise<TimerStatusFile> {
  const statuses = new Map(Object.entries(await readStatuses(path)));
  let writing: Promise<void> = Promise.resolve();

  async function write(): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    const draft = `${path}.tmp`;
    await writeFile(draft, `${JSON.stringify(Object.fromEntries(statuses), null, 2)}\n`);
    await rename(draft, path);
  }

  return {
    get: (functionName) => statuses.get(functionName),
    set: (functionName, status) => {
      statuses.set(functionName, status);
      // One failed write must not keep later ones from being tried.
      writing = writing.then(write, write);
      return writing;
    },
  };
}

async function readStatuses(path: string): Promise<Record<string, TimerStatus>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') {
      return {};
    }
    throw thrown;
  }
  try {
    return fileSchema.parse(JSON.parse(text));
  } catch (thrown) {
    throw new SystemError(`${path} is not a timer status file. Delete it to start the schedules afresh.`, {
      cause: thrown,
    });
  }
}
