import {
  FileSASPermissions,
  generateFileSASQueryParameters,
  SASProtocol,
  ShareServiceClient,
} from '@azure/storage-file-share';
import type { Pipeline } from '@azure/storage-file-share';
import { storageAccountName } from '../../job/account.js';
import { createDelegation } from '../delegation.js';
import type { Delegation } from '../delegation.js';
import { clientConfig } from './share-access.js';

/**
 * User delegation keys of the account's shares, at `endpoint`. The pipeline's identity needs the right to generate them, which
 * no role for file data has.
 */
export function fileDelegation(endpoint: string, pipeline: Pipeline): Delegation {
  const service = new ShareServiceClient(endpoint, pipeline, clientConfig);
  const toRead = { permissions: FileSASPermissions.parse('r'), protocol: SASProtocol.Https };
  return createDelegation(
    (startsOn, expiresOn, abortSignal) => service.getUserDelegationKey(startsOn, expiresOn, { abortSignal }),
    ({ container: shareName, key: filePath }, key, terms) =>
      generateFileSASQueryParameters(
        { shareName, filePath, ...toRead, ...terms },
        key,
        storageAccountName(endpoint),
      ),
  );
}
