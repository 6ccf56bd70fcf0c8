import type { CopyReceipt } from '../store.js';

/** Receipt of a write from the headers of its reply. */
export function toReceipt(reply: {
  readonly etag?: string;
  readonly requestId?: string;
  readonly lastModified?: Date;
}): CopyReceipt {
  return {
    etag: reply.etag ?? '',
    requestId: reply.requestId ?? '',
    lastModified: reply.lastModified?.toISOString() ?? '',
  };
}
