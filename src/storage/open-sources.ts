import type { TokenCredential } from '@azure/identity';
import type { Account } from '../job/account.js';
import type { Clock } from '../runtime/clock.js';
import { blobDelegation } from './azure-blob/blob-delegation.js';
import { countRequests, createPipeline } from './azure-blob/client.js';
import { bearerAuthorisation } from './azure-blob/source-authorisation.js';
import type { SourceAuthorisation } from './azure-blob/source-authorisation.js';
import { createFilePipeline } from './azure-files/client.js';
import { fileDelegation } from './azure-files/file-delegation.js';
import { chooseSourceStrategy } from './choose-source-strategy.js';
import type { SourceStrategies } from './choose-source-strategy.js';
import { delegatedSources } from './delegated-sources.js';

export interface OpenSourcesOptions extends Pick<SourceStrategies, 'onSwitch'> {
  /** The table; nothing outside it is ever named as a copy source. */
  readonly accounts: readonly Account[];
  /** Whose token sources are given, and whose user delegation keys sign. */
  readonly credential: TokenCredential;
  /** For the user agent. */
  readonly version: string;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
}

/** Begins the `x-ms-client-request-id` of requests for user delegation keys: they belong to no job, but to the process. */
const clientRequestId = 'tranship.delegation';

/** How sources are authorised for one identity. Makes no request by itself; what it learns holds for whoever shares it. */
export function openSources({
  accounts,
  credential,
  version,
  clock,
  onSwitch,
}: OpenSourcesOptions): SourceAuthorisation {
  const client = { credential, version, clientRequestId, onRequest: () => undefined };
  const delegated = delegatedSources({
    accounts,
    clock,
    open: ({ endpoint, service }) =>
      service === 'files'
        ? fileDelegation(endpoint, createFilePipeline(client))
        : blobDelegation(endpoint, createPipeline(client, countRequests(client))),
  });
  const bearer = bearerAuthorisation(credential, accounts);
  return chooseSourceStrategy({
    accounts,
    bearer,
    delegated,
    clock,
    ...(onSwitch === undefined ? {} : { onSwitch }),
  });
}
