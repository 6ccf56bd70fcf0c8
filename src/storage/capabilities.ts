import type { KeyOrder } from '../job/account.js';
import type { Capabilities } from './store.js';

/** What the Blob service can do. */
export function blobCapabilities(order: KeyOrder): Capabilities {
  return {
    order,
    flat: true,
    blocks: true,
    ranges: false,
    tags: true,
    tiers: true,
    directories: false,
    caseInsensitive: false,
    smb: false,
    sourcePins: true,
    writePins: true,
    frozen: false,
  };
}

/** What Azure Files can do. Lists by directory only, in an order that nobody documents. */
export const filesCapabilities: Capabilities = {
  order: 'utf8',
  flat: false,
  blocks: false,
  ranges: true,
  tags: false,
  tiers: false,
  directories: true,
  caseInsensitive: true,
  smb: true,
  sourcePins: false,
  writePins: false,
  frozen: false,
};
