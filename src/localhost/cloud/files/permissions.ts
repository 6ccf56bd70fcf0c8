import { ServiceError } from '../errors.js';
import type { FileCall } from './file-call.js';
import { headerOf } from './file-call.js';
import type { Permission } from './share-change.js';
import type { Share } from './share.js';
import { badHeader } from './smb-properties.js';

const SDDL = /^(O:[^:]+)?(G:[^:]+)?(D:\S*)?(S:\S*)?$/;
const MAX_HEADER_BYTES = 8 * 1024;

/** Keeps a permission: 400 for a text that is none in its format. */
export function addPermission(share: Share, text: string, format: string): string {
  const kept = readFormat(format);
  const isGood = kept === 'sddl' ? text !== '' && SDDL.test(text) : /^[A-Za-z0-9+/]+=*$/.test(text);
  if (!isGood) {
    throw new ServiceError(
      400,
      'FilePermissionNotValid',
      'The specified file permission is not a valid security descriptor.',
    );
  }
  return share.addPermission({ text, format: kept });
}

function readFormat(format: string): Permission['format'] {
  const word = format.toLowerCase();
  if (word !== 'sddl' && word !== 'binary') throw badHeader('x-ms-file-permission-format', format);
  return word;
}

/**
 * The permission key that a request asks for: by key (404 FilePermissionNotFound unless the share has it), by text, `inherit` from
 * the parent, or the present one for `preserve` and for nothing.
 */
export function requestedPermission(
  call: FileCall,
  share: Share,
  present: string,
  inherited: string,
): string {
  const key = headerOf(call, 'x-ms-file-permission-key');
  if (key !== undefined) {
    if (share.permission(key) !== undefined) return key;
    throw new ServiceError(404, 'FilePermissionNotFound', 'The specified file permission does not exist.');
  }
  const text = headerOf(call, 'x-ms-file-permission');
  if (text === undefined) return present;
  const word = text.toLowerCase();
  if (word === 'preserve') return present;
  if (word === 'inherit') return inherited;
  if (Buffer.byteLength(text) > MAX_HEADER_BYTES) throw badHeader('x-ms-file-permission', '');
  return addPermission(share, text, headerOf(call, 'x-ms-file-permission-format') ?? 'sddl');
}
