import { startFakeApi, type FakeApi } from './fake-api.js';
import { runTranship, type Run } from './terminal.js';

export const src = 'https://source.blob.core.windows.net/photos/2026';
export const dst = 'https://target.blob.core.windows.net/archive';
export const counts = {
  planned: 3,
  copied: 3,
  skipped: 0,
  deleted: 0,
  failed: 0,
  conflicts: 0,
  notAttempted: 0,
};
export const completed = {
  id: 'job1',
  status: 'Completed',
  counts,
  bytes: { planned: 3072, copied: 3072 },
  requests: { source: 1, destination: 5, state: 20 },
  startedAt: '2026-11-22T08:00:00Z',
  finishedAt: '2026-11-22T08:00:03Z',
};

/** An API whose every job is `job1`, and is completed at once. */
export async function startOneJobApi(): Promise<FakeApi> {
  const api = await startFakeApi();
  api.on('POST', '/api/jobs', { status: 202, body: { id: 'job1', status: 'Queued' } });
  api.on('GET', '/api/jobs/job1', { status: 200, body: completed });
  return api;
}

/** Runs a command against an API. */
export function runAgainst(api: FakeApi, ...words: string[]): Promise<Run> {
  return runTranship(words, { environment: { TRANSHIP_API_URL: api.url } });
}
