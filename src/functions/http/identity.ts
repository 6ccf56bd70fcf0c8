import { jsonResponse } from './job-response.js';
import type { Handler, Route } from './route.js';

const identity: Handler = async (services) => jsonResponse({ identities: await services.identities() });

/** Who the app is towards storage, so that people know whom to give roles to. */
export const identityRoutes: readonly Route[] = [
  { name: 'identity', method: 'GET', path: 'identity', access: 'Copy.Read', handler: identity },
];
