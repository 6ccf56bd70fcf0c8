// A client that does nothing but send copy requests: what is left when everything around them is taken away. Its task is
// JSON in BARE_TASK; it ends with exit code 1 at the first reply that is not 201.
import { Agent, request } from 'node:https';

/** What a bare client sends. */
export interface BareTask {
  readonly sourceUrl: string;
  readonly targetUrl: string;
  /** Query of a SAS for either side; empty with bearer tokens. */
  readonly sourceSas: string;
  readonly targetSas: string;
  /** Token for both sides; absent with SAS. */
  readonly token?: string;
  /** Names are `n/000000` and so on. */
  readonly objects: number;
  /** Present: instead, the one object `large.bin` is staged in blocks of this size and committed. */
  readonly blocks?: { readonly sizeBytes: number; readonly blockSizeBytes: number };
  readonly inFlight: number;
  /** Ask for each object's properties after it was written, as AzCopy does. */
  readonly head: boolean;
}

const task = JSON.parse(process.env['BARE_TASK'] ?? '{}') as BareTask;
const agent = new Agent({ keepAlive: true, maxSockets: task.inFlight });
const common = {
  'x-ms-version': '2025-07-05',
  ...(task.token === undefined ? {} : { authorization: `Bearer ${task.token}` }),
};
const fromSource =
  task.token === undefined ? {} : { 'x-ms-copy-source-authorization': `Bearer ${task.token}` };

function send(method: string, url: string, headers: Record<string, string>, body = ''): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method, agent, headers: { ...common, ...headers, 'content-length': Buffer.byteLength(body) } },
      (reply) => {
        reply.resume().once('end', () => {
          if (reply.statusCode === 201 || reply.statusCode === 200) resolve();
          else reject(new Error(`${method} ${new URL(url).pathname}: ${String(reply.statusCode)}`));
        });
      },
    );
    sent.once('error', reject).end(body);
  });
}

function targetOf(name: string, query = ''): string {
  const words = [query, task.targetSas].filter((part) => part !== '').join('&');
  return `${task.targetUrl}/${name}${words === '' ? '' : `?${words}`}`;
}

function sourceOf(name: string): string {
  return `${task.sourceUrl}/${name}${task.sourceSas === '' ? '' : `?${task.sourceSas}`}`;
}

async function copyOne(name: string): Promise<void> {
  await send('PUT', targetOf(name), {
    ...fromSource,
    'x-ms-copy-source': sourceOf(name),
    'x-ms-blob-type': 'BlockBlob',
  });
  if (task.head) await send('HEAD', targetOf(name), {});
}

function blockId(index: number): string {
  return Buffer.from(String(index).padStart(8, '0')).toString('base64');
}

async function copyInBlocks(name: string, blocks: NonNullable<BareTask['blocks']>): Promise<void> {
  const count = Math.ceil(blocks.sizeBytes / blocks.blockSizeBytes);
  const indices = Array.from({ length: count }, (_, index) => index);
  await overAll(indices, async (index) => {
    const first = index * blocks.blockSizeBytes;
    const last = Math.min(first + blocks.blockSizeBytes, blocks.sizeBytes) - 1;
    await send('PUT', targetOf(name, `comp=block&blockid=${encodeURIComponent(blockId(index))}`), {
      ...fromSource,
      'x-ms-copy-source': sourceOf(name),
      'x-ms-source-range': `bytes=${String(first)}-${String(last)}`,
    });
  });
  const list = indices.map((index) => `<Latest>${blockId(index)}</Latest>`).join('');
  const body = `<?xml version="1.0" encoding="utf-8"?><BlockList>${list}</BlockList>`;
  await send('PUT', targetOf(name, 'comp=blocklist'), { 'content-type': 'application/xml' }, body);
  if (task.head) await send('HEAD', targetOf(name), {});
}

async function overAll<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const worker = async (): Promise<void> => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: task.inFlight }, worker));
}

const indices = Array.from({ length: task.objects }, (_, index) => index);
if (task.blocks !== undefined) await copyInBlocks('large.bin', task.blocks);
else await overAll(indices, (index) => copyOne(`n/${String(index).padStart(6, '0')}`));
agent.destroy();
