import type { WebResource } from '@azure/storage-file-share';
import { expect, it } from 'vitest';
import { createFilePipeline } from '../../../src/storage/azure-files/client.js';

/** The ids under which one pipeline sends so many requests. */
async function idsOf(count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  const { factories } = createFilePipeline({
    credential: { getToken: () => Promise.resolve(null) },
    clientRequestId: 'tranship.job.r1.copy0',
    version: '0',
    onRequest: () => undefined,
  });
  const [counting] = factories as { create: (next: unknown) => { sendRequest: (r: unknown) => unknown } }[];
  const policy = counting?.create({
    sendRequest: (request: WebResource) => {
      ids.push(request.headers.get('x-ms-client-request-id') ?? '');
      return Promise.resolve({});
    },
  });
  for (let sent = 0; sent < count; sent += 1)
    await policy?.sendRequest({ headers: new Map<string, string>() });
  return ids;
}

it('no two requests of a process have one id, also by pipelines of one lane: answers are told apart by it', async () => {
  const ids = [...(await idsOf(3)), ...(await idsOf(3))];
  expect(ids.every((id) => id.startsWith('tranship.job.r1.copy0.'))).toBe(true);
  expect(new Set(ids).size).toBe(6);
});
