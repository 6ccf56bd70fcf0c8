import type { IncomingMessage } from 'node:http';

const LOOPBACK_HOSTS = new Set(['127.0.0.1', 'localhost', '[::1]']);

/**
 * Why a request must not be served, or undefined. The listener is on loopback, but a browser on this machine can be made
 * to talk to it: by a name that resolves to 127.0.0.1 (DNS rebinding, seen in Host), or by a script or form of a foreign
 * page (seen in Origin). Neither may reach an API that asks for no key here.
 */
export function refuseForeign(request: IncomingMessage): string | undefined {
  const host = request.headers.host;
  if (host === undefined || !isLoopback(`http://${host}`)) {
    return 'The Host header is not loopback.';
  }
  const origin = request.headers.origin;
  if (origin !== undefined && !isLoopback(origin)) {
    return 'The Origin header is not loopback.';
  }
  return undefined;
}

function isLoopback(origin: string): boolean {
  if (!URL.canParse(origin)) {
    return false;
  }
  const url = new URL(origin);
  return LOOPBACK_HOSTS.has(url.hostname) && url.pathname === '/' && url.username === '';
}
