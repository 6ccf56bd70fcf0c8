import type { Cloud } from './cloud/cloud.js';

/** Account of the function app itself: the state container lies there. */
export const hostAccount = 'transhiphost';

/** Queue of the host account that blob events arrive in, once the cloud is told to send them. */
export const eventQueue = 'tranship-events';

/** The system-assigned identity of the app. Not a secret: tokens are signed with one. */
export const appIdentity = {
  objectId: '5a9f1f0e-5d0b-4f0e-9a51-0c1d4f8f7a10',
  clientId: '0d2c9b52-6a64-4c53-8d0b-3a1c5e7f9b21',
} as const;

/** What Bicep would grant the app: reader on the source, writer on the target, owner of its own account; share snapshots on both. */
export const appRoles = [
  { identity: appIdentity.objectId, account: 'source', actions: ['read', 'tags', 'shares', 'delegate'] },
  {
    identity: appIdentity.objectId,
    account: 'target',
    actions: ['read', 'write', 'delete', 'tags', 'shares'],
  },
  { identity: appIdentity.objectId, account: hostAccount, actions: ['read', 'write', 'delete', 'tags'] },
] as const;

/** Variables of the user's shell that a process needs to live; all others stay out, proxies and credentials above all. */
const inherited = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'LANG', 'TZ', 'SYSTEMROOT', 'NODE_V8_COVERAGE'];

/** Shell variables that a child process starts with. `TRANSHIP_SLICE_...` pass, so that tests can shorten slices. */
export function baseEnvironment(shell: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const names = Object.keys(shell).filter(
    (name) => inherited.includes(name) || name.startsWith('TRANSHIP_SLICE_'),
  );
  return Object.fromEntries(names.map((name) => [name, shell[name] ?? '']));
}

/**
 * Arguments of the Node process that runs the app, the same as `languageWorkers__node__arguments` in Bicep. V8 would let
 * its heap grow to four times what is in use before it collects; with these it grows by two fifths. No limit: a job that
 * needs more gets it.
 */
export const workerArguments = ['--max-semi-space-size=8', '--heap-growing-percent=40'] as const;

/** App settings of the function app, as the platform would set them. */
export function appEnvironment(
  cloud: Pick<Cloud, 'accounts' | 'caFile' | 'identityEndpoint' | 'identityHeader'>,
  shell: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const endpointOf = (
    name: string,
    field: 'blobEndpoint' | 'fileEndpoint' | 'queueEndpoint' = 'blobEndpoint',
  ): string => cloud.accounts.find((account) => account.name === name)?.[field] ?? '';
  return {
    ...baseEnvironment(shell),
    NODE_EXTRA_CA_CERTS: cloud.caFile,
    IDENTITY_ENDPOINT: cloud.identityEndpoint,
    IDENTITY_HEADER: cloud.identityHeader,
    AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
    FUNCTIONS_WORKER_RUNTIME: 'node',
    WEBSITE_SITE_NAME: 'tranship-local',
    AzureWebJobsStorage__blobServiceUri: endpointOf(hostAccount),
    AzureWebJobsStorage__queueServiceUri: endpointOf(hostAccount, 'queueEndpoint'),
    AzureWebJobsStorage__credential: 'managedidentity',
    TRANSHIP_ENVIRONMENT: 'development',
    TRANSHIP_EVENT_QUEUE: eventQueue,
    // The host listens on loopback alone.
    TRANSHIP_AUTH: 'none',
    // The local cloud's roles are felt at once.
    TRANSHIP_PROPAGATION_MS: '0',
    TRANSHIP_ACCOUNTS: JSON.stringify(
      ['source', 'target'].map((name) => ({
        name,
        blobEndpoint: endpointOf(name),
        fileEndpoint: endpointOf(name, 'fileEndpoint'),
        listingOrder: 'utf16',
      })),
    ),
  };
}
