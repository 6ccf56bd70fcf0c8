import {
  BlobSASPermissions,
  BlobServiceClient,
  generateBlobSASQueryParameters,
  SASProtocol,
} from '@azure/storage-blob';
import type { Pipeline } from '@azure/storage-blob';
import { storageAccountName } from '../../job/account.js';
import { sasVersion } from '../delegation.js';
import type { Delegation } from '../delegation.js';

/** User delegation keys of the account's blobs, at `endpoint`. The pipeline's identity needs the right to generate them. */
export function blobDelegation(endpoint: string, pipeline: Pipeline): Delegation {
  const accountName = storageAccountName(endpoint);
  return {
    requestKey: async (startsOn, expiresOn, signal) => {
      const key = await new BlobServiceClient(endpoint, pipeline).getUserDelegationKey(startsOn, expiresOn, {
        abortSignal: signal,
      });
      return {
        expiresMs: key.signedExpiresOn.getTime(),
        sign: ({ container, key: blobName }, expiresMs) =>
          generateBlobSASQueryParameters(
            {
              containerName: container,
              blobName,
              permissions: BlobSASPermissions.parse('r'),
              protocol: SASProtocol.Https,
              startsOn: key.signedStartsOn,
              expiresOn: new Date(expiresMs),
              version: sasVersion,
            },
            key,
            accountName,
          ).toString(),
      };
    },
  };
}
