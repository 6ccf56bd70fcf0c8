import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { copyLimitsSchema } from './copy-limits.js';
import { eventSubscriptionSchema } from './events/subscription.js';
import { faultRuleSchema, throttleSchema } from './faults.js';
import type { IdentityState } from './identity.js';
import { identitySettingsSchema } from './identity.js';
import type { JournalQuery } from './journal.js';
import { roleAssignmentSchema } from './roles.js';
import type { CloudContext } from './serve.js';

/** What the admin endpoint reads and changes. */
export interface AdminTargets {
  readonly context: CloudContext;
  readonly identity: IdentityState;
}

type Route = (targets: AdminTargets, query: URLSearchParams, body: unknown) => unknown;

const ROUTES: Readonly<Record<string, Route>> = {
  'GET /journal': ({ context }, query) => ({ entries: context.journal.query(journalQuery(query)) }),
  'GET /journal/summary': ({ context }, query) => {
    const counts = context.journal.summary(journalQuery(query));
    return { total: counts.reduce((sum, { count }) => sum + count, 0), counts };
  },
  'DELETE /journal': ({ context }) => {
    context.journal.clear();
  },
  'GET /faults': ({ context }) => ({ rules: context.faults.list() }),
  'POST /faults': ({ context }, _query, body) => ({
    ids: context.faults.add(z.array(faultRuleSchema).parse(Array.isArray(body) ? body : [body])),
  }),
  'DELETE /faults': ({ context }) => {
    context.faults.clear();
  },
  'GET /throttles': ({ context }) => ({ throttles: context.faults.throttles() }),
  'PUT /throttles': ({ context }, _query, body) => {
    context.faults.setThrottles(z.array(throttleSchema).parse(body));
  },
  'GET /roles': ({ context }) => ({ roles: context.roles }),
  'PUT /roles': ({ context }, _query, body) => {
    context.roles = z.array(roleAssignmentSchema).parse(body);
  },
  'GET /limits': ({ context }) => context.limits,
  'PUT /limits': ({ context }, _query, body) => {
    context.limits = copyLimitsSchema.parse(body);
  },
  'GET /events': ({ context }) => ({
    subscriptions: context.events.subscriptions,
    counts: context.events.counts,
  }),
  'PUT /events': ({ context }, _query, body) =>
    context.events.subscribe(z.array(eventSubscriptionSchema).parse(body)),
  'POST /events/publish': ({ context }, _query, body) => {
    context.events.publish(body);
  },
  'GET /identity': ({ identity }) => identity,
  'PUT /identity': ({ identity }, _query, body) => {
    const settings = identitySettingsSchema.parse(body);
    identity.identities = settings.identities ?? identity.identities;
    identity.tokenLifetimeSeconds = settings.tokenLifetimeSeconds ?? identity.tokenLifetimeSeconds;
    identity.fail = settings.fail;
  },
};

/**
 * The admin endpoint: JSON over plain http; 200 with a body, 204 without, 400 for JSON that does not fit, 404. Requests with an
 * `Origin` header are refused, so that no web page can reach it. Not yet listening.
 */
export function createAdminServer(targets: AdminTargets): Server {
  return createServer((request, response) => {
    void answer(targets, request, response);
  });
}

async function answer(
  targets: AdminTargets,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const route = ROUTES[`${request.method ?? ''} ${url.pathname}`];
  if (request.headers.origin !== undefined) {
    send(response, 403, { error: 'Requests from web pages are refused' });
    return;
  }
  if (route === undefined) {
    send(response, 404, { error: 'No such route', routes: Object.keys(ROUTES) });
    return;
  }
  try {
    const content = await text(request);
    const result = await route(targets, url.searchParams, content === '' ? undefined : JSON.parse(content));
    send(response, result === undefined ? 204 : 200, result);
  } catch (error) {
    send(response, 400, { error: error instanceof Error ? error.message : String(error) });
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  if (body === undefined) {
    response.writeHead(status).end();
    return;
  }
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

const journalQuerySchema = z.strictObject({
  service: z.string().optional(),
  account: z.string().optional(),
  container: z.string().optional(),
  operation: z.string().optional(),
  method: z.string().optional(),
  caller: z.string().optional(),
  status: z.coerce.number().optional(),
  errorCode: z.string().optional(),
  internal: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional(),
  after: z.coerce.number().optional(),
  blob: z.string().optional(),
  clientTag: z.string().optional(),
  limit: z.coerce.number().optional(),
});

function journalQuery(query: URLSearchParams): JournalQuery {
  return journalQuerySchema.parse(Object.fromEntries(query)) as JournalQuery;
}
