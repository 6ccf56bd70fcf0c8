import { z } from 'zod';
import type { Account } from '../job/account.js';
import type { BlobEvent, ObjectPlace, RefusedEvent, WrittenHint } from './blob-event.js';
import type { RawEvent } from './decode-events.js';

/** Data of a storage event; the SDK passes it on unchecked. Unknown fields do not matter. */
const dataSchema = z.object({
  api: z.string().optional(),
  clientRequestId: z.string().optional(),
  eTag: z.string().optional(),
  contentLength: z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]).optional(),
  blobType: z.string().optional(),
  accessTier: z.string().optional(),
  url: z.string().optional(),
  sourceUrl: z.string().optional(),
  sequencer: z.string().optional(),
});
type Data = z.infer<typeof dataSchema>;

const kinds: Readonly<Record<string, BlobEvent['kind']>> = {
  'Microsoft.Storage.BlobCreated': 'created',
  'Microsoft.Storage.BlobDeleted': 'deleted',
  'Microsoft.Storage.BlobRenamed': 'renamed',
  'Microsoft.Storage.BlobTierChanged': 'tierChanged',
  'Microsoft.Storage.DirectoryRenamed': 'directoryRenamed',
  'Microsoft.Storage.DirectoryDeleted': 'directoryDeleted',
};

const subjectPattern = /^\/blobServices\/default\/containers\/([^/]+)\/blobs\/(.+)$/s;

/** The change that a storage event tells of, in a configured account. Pure. */
export function toBlobEvent(raw: RawEvent, accounts: readonly Account[]): BlobEvent | RefusedEvent {
  const kind = kinds[raw.type];
  if (kind === undefined) return { reason: 'other-type', detail: `events of type ${shorten(raw.type)}` };
  const parsed = dataSchema.safeParse(raw.data);
  const [, container, key] = subjectPattern.exec(raw.subject) ?? [];
  if (!parsed.success || container === undefined || key === undefined) {
    return { reason: 'malformed', detail: 'data or subject is not that of a blob event' };
  }
  const { data } = parsed;
  // A file that is being written: its end is told by FlushWithClose.
  if (data.api === 'CreateFile')
    return { reason: 'other-type', detail: 'CreateFile: the file is not closed' };
  const url = data.url ?? data.sourceUrl;
  if (url === undefined) return { reason: 'malformed', detail: 'an event without a URL' };
  const account = accountOf(url, accounts);
  if (account === undefined)
    return { reason: 'foreign-account', detail: 'no configured account has this URL' };
  return ofKind(kind, headOf(raw, data, { account: account.name, container, key }), data, account);
}

type Head = ObjectPlace & Pick<BlobEvent, 'id' | 'timeMs' | 'sequencer' | 'clientRequestId'>;

function headOf(raw: RawEvent, { sequencer, clientRequestId }: Data, place: ObjectPlace): Head {
  return {
    ...place,
    id: raw.id,
    timeMs: raw.time.getTime(),
    ...(sequencer === undefined ? {} : { sequencer }),
    ...(clientRequestId === undefined ? {} : { clientRequestId }),
  };
}

function ofKind(kind: BlobEvent['kind'], head: Head, data: Data, account: Account): BlobEvent | RefusedEvent {
  if (kind === 'renamed' || kind === 'directoryRenamed') {
    const from = placeOf(data.sourceUrl ?? '', account);
    if (from === undefined) return { reason: 'malformed', detail: 'a rename without its former name' };
    return { ...head, kind, from };
  }
  if (kind !== 'created') return { ...head, kind };
  const hint = hintOf(data);
  return { ...head, kind, ...(hint === undefined ? {} : { hint }) };
}

function shorten(type: string): string {
  return type.replace(/[^\w.-]/g, '?').slice(0, 80);
}

/** Accounts with a hierarchical namespace tell of requests at their other endpoint under its own name. */
function blobUrl(url: string): string {
  return url.replace(/^(https:\/\/[a-z0-9]+)\.dfs\./, '$1.blob.');
}

function accountOf(url: string, accounts: readonly Account[]): Account | undefined {
  return accounts.find(({ blobEndpoint }) => blobUrl(url).startsWith(`${blobEndpoint}/`));
}

function placeOf(url: string, account: Account): ObjectPlace | undefined {
  const path = blobUrl(url).slice(account.blobEndpoint.length + 1);
  const slash = path.indexOf('/');
  const key = path.slice(slash + 1).replace(/\/$/, '');
  if (slash < 1 || key === '' || !blobUrl(url).startsWith(`${account.blobEndpoint}/`)) return undefined;
  return { account: account.name, container: path.slice(0, slash), key: decode(key) };
}

/** Names in URLs of events are sometimes encoded and sometimes not. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Enough to copy the object without looking at it, or undefined. */
function hintOf(data: Data): WrittenHint | undefined {
  const { eTag, contentLength, blobType, accessTier, api } = data;
  if (eTag === undefined || contentLength === undefined || blobType !== 'BlockBlob') return undefined;
  // With a hierarchical namespace the event of a copy comes when the copy begins.
  if (api === 'CopyBlob' || accessTier === 'Archive') return undefined;
  return {
    etag: eTag.startsWith('"') ? eTag : `"${eTag}"`,
    sizeBytes: contentLength,
    ...(accessTier === undefined || accessTier === 'Default' ? {} : { tier: accessTier }),
  };
}
