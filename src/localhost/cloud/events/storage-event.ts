import { randomUUID } from 'node:crypto';
import type { EventSubscription } from './subscription.js';

/** A change of one blob, as the front has seen it succeed. */
export interface BlobChange {
  readonly type: 'BlobCreated' | 'BlobDeleted' | 'BlobTierChanged';
  readonly api: string;
  readonly account: string;
  readonly container: string;
  /** Decoded. */
  readonly blob: string;
  readonly url: string;
  readonly timeMs: number;
  /** Counts up over all changes of this cloud. */
  readonly sequence: number;
  readonly requestId: string;
  readonly clientRequestId?: string;
  /** Of the blob that is there now; unknown of one that is gone, or has changed again already. */
  readonly etag?: string;
  readonly contentType?: string;
  readonly contentLength?: number;
  readonly blobType?: string;
  readonly accessTier?: string;
}

/** The event as Event Grid would write it in the schema; each call is the same event. */
export function toStorageEvent(change: BlobChange, schema: EventSubscription['schema'], id: string): object {
  const { account, container, blob, type, timeMs } = change;
  const topic = `/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers/Microsoft.Storage/storageAccounts/${account}`;
  const subject = `/blobServices/default/containers/${container}/blobs/${blob}`;
  const time = new Date(timeMs).toISOString().replace('Z', '0000Z');
  const data = dataOf(change);
  return schema === 'EventGridSchema'
    ? {
        topic,
        subject,
        eventType: `Microsoft.Storage.${type}`,
        id,
        data,
        dataVersion: '',
        metadataVersion: '1',
        eventTime: time,
      }
    : { source: topic, subject, type: `Microsoft.Storage.${type}`, id, data, specversion: '1.0', time };
}

function dataOf(change: BlobChange): object {
  const { api, requestId, clientRequestId, etag, contentType, contentLength, blobType, accessTier, url } =
    change;
  return {
    api,
    ...(clientRequestId === undefined ? {} : { clientRequestId }),
    requestId,
    ...(etag === undefined ? {} : { eTag: etag.replaceAll('"', '') }),
    ...(contentType === undefined ? {} : { contentType }),
    ...(contentLength === undefined ? {} : { contentLength }),
    blobType: blobType ?? 'BlockBlob',
    ...(accessTier === undefined ? {} : { accessTier }),
    url,
    sequencer: change.sequence.toString(16).toUpperCase().padStart(32, '0'),
    storageDiagnostics: { batchId: randomUUID() },
  };
}
