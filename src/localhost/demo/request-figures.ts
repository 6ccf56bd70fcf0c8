import { z } from 'zod';
import { appIdentity, hostAccount } from '../app-environment.js';
import type { LocalFile } from '../local-file.js';

const summarySchema = z.object({
  counts: z.array(
    z.object({
      account: z.string(),
      operation: z.string(),
      internal: z.boolean(),
      count: z.number(),
      requestBytes: z.number(),
      responseBytes: z.number(),
    }),
  ),
});

/** What the cloud saw of the app itself since its journal was cleared. */
export interface RequestFigures {
  readonly source: number;
  readonly destination: number;
  readonly state: number;
  /** Content of objects that the app received or sent itself; 0 when every copy was made server side. */
  readonly objectBytes: number;
}

/** Begins to count anew. */
export async function clearJournal(file: LocalFile): Promise<void> {
  await fetch(`${file.adminUrl}/journal`, { method: 'DELETE' });
}

const readsContent = new Set(['GetBlob']);
const writesContent = new Set(['PutBlob', 'PutBlock', 'AppendBlock', 'PutPage']);

/** Reads the cloud's journal: requests under the app's identity, without the cloud's own reads of copy sources. */
export async function requestFigures(file: LocalFile): Promise<RequestFigures> {
  const query = new URLSearchParams({ service: 'blob', caller: appIdentity.objectId, internal: 'false' });
  const reply = await fetch(`${file.adminUrl}/journal/summary?${query.toString()}`);
  const { counts } = summarySchema.parse(await reply.json());
  const requests = (account: string): number =>
    counts.filter((entry) => entry.account === account).reduce((sum, entry) => sum + entry.count, 0);
  const objectBytes = counts
    .filter((entry) => entry.account !== hostAccount)
    .reduce(
      (sum, entry) =>
        sum +
        (readsContent.has(entry.operation) ? entry.responseBytes : 0) +
        (writesContent.has(entry.operation) ? entry.requestBytes : 0),
      0,
    );
  return {
    source: requests('source'),
    destination: requests('target'),
    state: requests(hostAccount),
    objectBytes,
  };
}
