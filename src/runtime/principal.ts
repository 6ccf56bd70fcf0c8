import type { TokenCredential } from '@azure/identity';

/** Who a credential is, as roles are assigned to it. */
export interface OwnPrincipal {
  readonly objectId: string;
  readonly type: 'ServicePrincipal' | 'User';
}

/**
 * Reads the object id out of the credential's own token for storage, which never leaves this function. Undefined when
 * there is no token, or one that cannot be read: storage tokens are meant for storage.
 */
export async function ownPrincipal(
  credential: TokenCredential,
  signal: AbortSignal,
): Promise<OwnPrincipal | undefined> {
  try {
    const token = await credential.getToken('https://storage.azure.com/.default', { abortSignal: signal });
    const payload = token?.token.split('.')[1] ?? '';
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Record<string, unknown>;
    const { oid, scp } = claims;
    if (typeof oid !== 'string') return undefined;
    return { objectId: oid, type: scp === undefined ? 'ServicePrincipal' : 'User' };
  } catch {
    return undefined; // the checks say what is wrong with the token
  }
}
