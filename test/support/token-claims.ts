import { once } from 'node:events';
import type { Server } from 'node:http';
import { verifyToken, type Claims, type TokenAuthority } from '../../src/localhost/cloud/bearer.js';

/** Claims of a token of this authority that holds now; throws for any other. */
export function claimsOf(authority: TokenAuthority, token = ''): Claims {
  const verified = verifyToken(authority, token, 'any', Date.now() / 1000);
  if ('refused' in verified) throw new Error(verified.refused);
  return verified;
}

/** Ends a server and the connections to it. */
export async function stopServer(
  server: Pick<Server, 'closeAllConnections' | 'close' | 'once'>,
): Promise<void> {
  server.closeAllConnections();
  const closed = once(server as Server, 'close');
  server.close();
  await closed;
}
