import {
  FileSASPermissions,
  generateFileSASQueryParameters,
  SASProtocol,
  ShareServiceClient,
} from '@azure/storage-file-share';
import type { Pipeline } from '@azure/storage-file-share';
import { storageAccountName } from '../../job/account.js';
import { sasVersion } from '../delegation.js';
import type { Delegation } from '../delegation.js';
import { clientConfig } from './share-access.js';

/**
 * User delegation keys of the account's shares, at `endpoint`. The pipeline's identity needs the right to generate them, which
 * no role for file data has.
 */
export function fileDelegation(endpoint: string, pipeline: Pipeline): Delegation {
  const accountName = storageAccountName(endpoint);
  return {
    requestKey: async (startsOn, expiresOn, signal) => {
      const service = new ShareServiceClient(endpoint, pipeline, clientConfig);
      const key = await service.getUserDelegationKey(startsOn, expiresOn, { abortSignal: signal });
      return {
        expiresMs: key.signedExpiresOn.getTime(),
        sign: ({ container, key: filePath }, expiresMs) =>
          generateFileSASQueryParameters(
            {
              shareName: container,
              filePath,
              permissions: FileSASPermissions.parse('r'),
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
