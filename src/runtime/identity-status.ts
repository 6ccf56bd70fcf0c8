import type { TokenCredential } from '@azure/identity';
import { z } from 'zod';
import type { Clock } from './clock.js';
import type { IdentityChoice, IdentityChoices } from './identity-choice.js';

/** What an identity is used for: the app's own state, reading sources, writing destinations. */
export type IdentityUse = keyof IdentityChoices;

/** Who one identity is, as its token says. Never the token, nor a secret. */
export interface IdentityStatus {
  readonly usedFor: readonly IdentityUse[];
  readonly kind: IdentityChoice['kind'];
  /** False: no token is given out, and `advice` says what to do. */
  readonly ready: boolean;
  /** How roles are assigned to it: a person, or an application with whatever proof; absent while there is no token. */
  readonly principalType?: 'ServicePrincipal' | 'User';
  /** Name of a person or application, where the token tells it. */
  readonly name?: string;
  readonly clientId?: string;
  readonly objectId?: string;
  readonly tenantId?: string;
  /** End of the present token, ISO 8601 in UTC; it is renewed before. */
  readonly expiresAt?: string;
  readonly advice?: string;
}

const storageScope = 'https://storage.azure.com/.default';
const patienceMs = 20_000;

/** Every identity that is in use, each once; asks each for a token, for at most 20 seconds. Does not throw. */
export function showIdentities(
  choices: IdentityChoices,
  credentials: Readonly<Record<IdentityUse, TokenCredential>>,
  clock: Clock,
): Promise<readonly IdentityStatus[]> {
  const groups = new Map<string, [IdentityUse, ...IdentityUse[]]>();
  for (const use of ['app', 'source', 'destination'] as const) {
    const name = JSON.stringify(choices[use]);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [use]);
    else group.push(use);
  }
  return Promise.all(
    [...groups.values()].map((uses) => showIdentity(uses, choices[uses[0]], credentials[uses[0]], clock)),
  );
}

async function showIdentity(
  usedFor: readonly IdentityUse[],
  choice: IdentityChoice,
  credential: TokenCredential,
  clock: Clock,
): Promise<IdentityStatus> {
  const about = { usedFor, kind: choice.kind };
  const late = new AbortController();
  const answered = new AbortController();
  try {
    const timeOut = clock.sleep(patienceMs, answered.signal).then(() => {
      late.abort(new Error('no answer in time'));
      throw new Error('no answer in time');
    });
    const token = await Promise.race([
      credential.getToken(storageScope, { abortSignal: late.signal }),
      timeOut,
    ]);
    if (token === null) return { ...about, ready: false, advice: identityAdvice(choice) };
    return {
      ...about,
      ready: true,
      ...claimsOf(token.token),
      expiresAt: new Date(token.expiresOnTimestamp).toISOString(),
    };
  } catch {
    // What the credential says may quote its request; the advice says all that can be done about it.
    return { ...about, ready: false, advice: identityAdvice(choice) };
  } finally {
    answered.abort(new Error('answered'));
  }
}

const claimsSchema = z.object({
  appid: z.string().optional(),
  azp: z.string().optional(),
  oid: z.string().optional(),
  tid: z.string().optional(),
  upn: z.string().optional(),
  app_displayname: z.string().optional(),
  scp: z.string().optional(),
});

/** Read for people only: nothing is decided by a token of our own. */
function claimsOf(
  token: string,
): Pick<IdentityStatus, 'principalType' | 'name' | 'clientId' | 'objectId' | 'tenantId'> {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
  } catch {
    return {};
  }
  const claims = claimsSchema.safeParse(value).data ?? {};
  const known = {
    principalType: claims.scp === undefined ? ('ServicePrincipal' as const) : ('User' as const),
    name: claims.upn ?? claims.app_displayname,
    clientId: claims.appid ?? claims.azp,
    objectId: claims.oid,
    tenantId: claims.tid,
  };
  return Object.fromEntries(Object.entries(known).filter(([, text]) => text !== undefined));
}

/** What to do when an identity gives no token. */
function identityAdvice(choice: IdentityChoice): string {
  switch (choice.kind) {
    case 'system-assigned':
      return 'The app has no system-assigned identity, or its endpoint does not answer: switch it on (az functionapp identity assign), or name a user-assigned one in AZURE_CLIENT_ID.';
    case 'user-assigned':
      return `The app has no user-assigned identity with this ${choice.by.replace('-', ' ')}, or its endpoint does not answer: assign the identity to the app (az functionapp identity assign --identities), or correct the setting that names it.`;
    case 'service-principal':
      return `The application was not let in: check that tenant and client id are right, and that the ${choice.proof.by} in ${choice.proof.setting} has not expired (az ad app credential list).`;
    case 'workload':
      return 'The workload identity was not let in: check AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_FEDERATED_TOKEN_FILE, and the federated credential of the identity.';
    case 'azure-cli':
      return 'Nobody is signed in with the Azure CLI, or the sign-in has expired: az login, with --tenant where the accounts are in another one.';
    case 'azure-powershell':
      return 'Nobody is signed in with Azure PowerShell, or the sign-in has expired: Connect-AzAccount.';
    case 'device-code':
      return 'Nobody has signed in yet: the log of the app says where, and with which code.';
  }
}
