import {
  BlobSASPermissions,
  BlobServiceClient,
  generateBlobSASQueryParameters,
  SASProtocol,
} from '@azure/storage-blob';
import type { Pipeline } from '@azure/storage-blob';
import { storageAccountName } from '../../job/account.js';
import { createDelegation } from '../delegation.js';
import type { Delegation } from '../delegation.js';

/** User delegation keys of the account's blobs, at `endpoint`. The pipeline's identity needs the right to generate them. */
export function blobDelegation(endpoint: string, pipeline: Pipeline): Delegation {
  const service = new BlobServiceClient(endpoint, pipeline);
  const toRead = { permissions: BlobSASPermissions.parse('r'), protocol: SASProtocol.Https };
  return createDelegation(
    (startsOn, expiresOn, abortSignal) => service.getUserDelegationKey(startsOn, expiresOn, { abortSignal }),
    ({ container: containerName, key: blobName }, key, terms) =>
      generateBlobSASQueryParameters(
        { containerName, blobName, ...toRead, ...terms },
        key,
        storageAccountName(endpoint),
      ),
  );
}
