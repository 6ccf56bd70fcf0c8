import { ServiceError } from '../errors.js';
import type { FileCall } from './file-call.js';
import { fileAt, headerOf, pathOf, writableShare } from './file-call.js';
import type { FileEntry } from './file-entry.js';
import type { Share } from './share.js';
import { badHeader, hasAttribute } from './smb-properties.js';

const MAX_FILE_BYTES = 4 * 2 ** 40;

/** A file that a request is going to change. */
export interface WritableFile {
  readonly share: Share;
  readonly file: FileEntry;
}

/** The file for a change of its properties: 409 PendingCopyOperation, 412 for a lease that is not the caller's. */
export function changeableFile(call: FileCall): WritableFile {
  const share = writableShare(call);
  const file = fileAt(share.tree, pathOf(call));
  checkUnlocked(call, file);
  return { share, file };
}

/** The file for a change of its content: as above, and 409 ReadOnlyAttribute. */
export function writableFile(call: FileCall): WritableFile {
  const found = changeableFile(call);
  checkNotReadOnly(found.file);
  return found;
}

export function checkNotReadOnly(file: FileEntry): void {
  if (!hasAttribute(file.smb, 'ReadOnly')) return;
  throw new ServiceError(
    409,
    'ReadOnlyAttribute',
    'The specified resource is read-only and cannot be modified at this time.',
  );
}

export function checkUnlocked(call: FileCall, file: FileEntry): void {
  if (file.copy?.status === 'pending') {
    throw new ServiceError(409, 'PendingCopyOperation', 'There is currently a pending copy operation.');
  }
  const given = headerOf(call, 'x-ms-lease-id');
  if (file.lease === undefined) {
    if (given !== undefined)
      throw leaseError('LeaseLost', 'A lease ID was specified, but there is no lease on the file.');
    return;
  }
  if (given === undefined) {
    throw leaseError(
      'LeaseIdMissing',
      'There is currently a lease on the file and no lease ID was specified in the request.',
    );
  }
  if (given !== file.lease.id) {
    throw leaseError(
      'LeaseIdMismatchWithFileOperation',
      'The lease ID specified did not match the lease ID for the file.',
    );
  }
}

function leaseError(code: string, message: string): ServiceError {
  return new ServiceError(412, code, message);
}

/** `x-ms-content-length` in bytes: 400 above 4 TiB, or for no number. */
export function readLength(text: string): number {
  const length = Number(text);
  if (!/^\d+$/.test(text) || length > MAX_FILE_BYTES) throw badHeader('x-ms-content-length', text);
  return length;
}

/** Content headers that a file keeps, as they are named in a reply. */
export const contentHeaderNames = [
  'content-type',
  'content-encoding',
  'content-language',
  'content-md5',
  'content-disposition',
  'cache-control',
] as const;

/** The content headers that a request sets; those it does not name are gone. */
export function contentHeadersOf(call: FileCall): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of contentHeaderNames) {
    const value = headerOf(call, `x-ms-${name}`);
    if (value !== undefined && value !== '') headers[name] = value;
  }
  return headers;
}

/** 400 naming a header that must be there. */
export function missingHeader(name: string): ServiceError {
  return new ServiceError(
    400,
    'MissingRequiredHeader',
    'An HTTP header that is mandatory for this request is not specified.',
    { elements: [['HeaderName', name]] },
  );
}
