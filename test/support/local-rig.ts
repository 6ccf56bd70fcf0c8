import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { BlobItem, BlockBlobUploadOptions } from '@azure/storage-blob';
import { appIdentity, hostAccount } from '../../src/localhost/app-environment.js';
import type { JournalEntry } from '../../src/localhost/cloud/journal.js';
import {
  forEachConcurrently,
  listAll,
  openContainer,
  type DemoContainer,
} from '../../src/localhost/demo/account.js';
import { startLocal, type Local, type LocalOptions } from '../../src/localhost/local.js';
import type { JobView } from '../../src/report/job-view.js';
import { openStateFolder, type StateFolder } from './state-folder.js';

/** One line of a report. */
export interface ReportLine {
  readonly outcome: string;
  readonly reason: string;
  readonly key: string;
  readonly source?: string;
  readonly destination?: string;
  readonly sizeBytes: number;
  readonly advice?: string;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** The real app on the local host and cloud, each in processes of its own, with what a test needs to look at them. */
export class LocalRig {
  readonly local: Local;
  readonly #folder: StateFolder;

  private constructor(local: Local, folder: StateFolder) {
    this.local = local;
    this.#folder = folder;
  }

  static async start(
    settings: LocalOptions['settings'] = {},
    app: Pick<LocalOptions, 'appDirectory' | 'delivery'> = {},
  ): Promise<LocalRig> {
    const folder = await openStateFolder('tranship-rig');
    const local = await startLocal({
      stateDirectory: folder.path,
      basePort: 0,
      strict: true,
      restartHost: false,
      settings,
      ...app,
    });
    const ca = await readFile(local.localJson.caFile, 'utf8');
    setDefaultCACertificates([...getCACertificates('default'), ca]);
    return new LocalRig(local, folder);
  }

  async stop(): Promise<void> {
    await this.local.stop();
    forgetAuthority(this.local.localJson.caFile);
    await this.#folder.close();
  }

  /** URL of a place, as a user writes it; `path` is percent-encoded already. */
  url(account: string, path = ''): string {
    const endpoint = this.local.localJson.accounts.find(({ name }) => name === account)?.blobEndpoint ?? '';
    return path === '' ? endpoint : `${endpoint}/${path}`;
  }

  /** A container, by account key; made when it is missing. */
  async container(account: string, name: string): Promise<DemoContainer> {
    const container = openContainer(this.local.localJson, account, name);
    await container.client.createIfNotExists();
    return container;
  }

  /** Uploads small objects whose content is their name, or what `content` gives. */
  async fill(
    container: DemoContainer,
    names: Iterable<string>,
    content: (name: string) => string = (name) => name,
    options: BlockBlobUploadOptions = {},
  ): Promise<void> {
    await forEachConcurrently(names, 32, async (name) => {
      const text = content(name);
      await container.blob(name).upload(text, Buffer.byteLength(text), options);
    });
  }

  list(container: DemoContainer): Promise<Map<string, BlobItem>> {
    return listAll(container);
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Reply> {
    const reply = await fetch(`${this.local.localJson.apiUrl}/api/${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await reply.text();
    const isJson = (reply.headers.get('content-type') ?? '').includes('json') && text !== '';
    return {
      status: reply.status,
      headers: reply.headers,
      body: (isJson && !text.includes('\n{') ? JSON.parse(text) : { text }) as Record<string, unknown>,
    };
  }

  /** Starts a job and resolves with its id; throws with the problem when it is refused. */
  async startJob(request: Record<string, unknown>, headers: Record<string, string> = {}): Promise<string> {
    const reply = await this.call('POST', 'jobs', request, headers);
    if (reply.status !== 202) throw new Error(`${String(reply.status)} ${JSON.stringify(reply.body)}`);
    return reply.body['id'] as string;
  }

  async job(id: string): Promise<JobView> {
    return (await this.call('GET', `jobs/${id}`)).body as unknown as JobView;
  }

  /** The job once it has come to rest: over, paused, or waiting for approval. */
  async settled(id: string, withinMs = 120_000, lookEveryMs = 100): Promise<JobView> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const job = await this.job(id);
      if (!['Queued', 'Running'].includes(job.status)) return job;
      if (Date.now() > deadline) throw new Error(`the job is still ${job.status}: ${JSON.stringify(job)}`);
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
  }

  async run(request: Record<string, unknown>): Promise<JobView> {
    return this.settled(await this.startJob(request));
  }

  /** Every line of a report, over all its pages. */
  async report(id: string, outcome = 'all'): Promise<readonly ReportLine[]> {
    const lines: ReportLine[] = [];
    let path: string | undefined = `/api/jobs/${id}/report?outcome=${outcome}`;
    while (path !== undefined) {
      const reply: Response = await fetch(new URL(path, this.local.localJson.apiUrl));
      if (!reply.ok) throw new Error(`${String(reply.status)} ${await reply.text()}`);
      const text = await reply.text();
      lines.push(
        ...text
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line) as ReportLine),
      );
      path = /<([^>]+)>; rel="next"/.exec(reply.headers.get('link') ?? '')?.[1];
    }
    return lines;
  }

  async admin(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const reply = await fetch(`${this.local.localJson.adminUrl}/${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await reply.text();
    if (!reply.ok) throw new Error(`${String(reply.status)} ${text}`);
    return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  }

  clearJournal(): Promise<unknown> {
    return this.admin('DELETE', 'journal');
  }

  /** Requests that the app itself sent to blob storage since the journal was cleared. */
  async requests(): Promise<readonly JournalEntry[]> {
    const query = new URLSearchParams({
      service: 'blob',
      caller: appIdentity.objectId,
      internal: 'false',
      limit: '50000',
    });
    const { entries } = await this.admin('GET', `journal?${query.toString()}`);
    return entries as readonly JournalEntry[];
  }
}

/** The next rig's certificate has the same subject: with both at hand, the wrong one may be tried. */
function forgetAuthority(caFile: string): void {
  const own = new X509Certificate(readFileSync(caFile)).fingerprint256;
  const others = getCACertificates('default').filter(
    (authority) => new X509Certificate(authority).fingerprint256 !== own,
  );
  setDefaultCACertificates(others);
}

/** How many requests went where, and of which kind. */
export function tally(entries: readonly JournalEntry[], account: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const entry of entries) {
    if (entry.account === account) counts[entry.operation] = (counts[entry.operation] ?? 0) + 1;
  }
  return counts;
}

/** Requests of jobs at the state container: those of the API and of the supervising timer are counted apart. */
export function stateRequests(entries: readonly JournalEntry[], job: string): readonly JournalEntry[] {
  return entries.filter(
    (entry) =>
      entry.account === hostAccount && entry.clientRequestId?.startsWith(`tranship.${job}.`) === true,
  );
}

/** Content that passed through the app on its way from or to an account of a job. */
export function objectBytes(entries: readonly JournalEntry[]): number {
  return entries
    .filter((entry) => entry.account !== hostAccount)
    .reduce((sum, entry) => {
      const read = entry.operation === 'GetBlob' ? entry.responseBytes : 0;
      const written = ['PutBlob', 'PutBlock'].includes(entry.operation) ? entry.requestBytes : 0;
      return sum + read + written;
    }, 0);
}

export function numbered(count: number, prefix = 'n/'): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(6, '0')}`);
}
