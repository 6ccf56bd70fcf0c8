import type { AppRegistry, RegisteredFunction } from '../app-registry.js';
import type { Invoker } from '../invoker.js';
import { jsonData } from '../typed-data.js';

/** Binding type of Event Grid functions, as the registry spells it. */
export const EVENT_GRID_TRIGGER = 'eventgridtrigger';

/** A request to `/runtime/webhooks/EventGrid?functionName=<name>`, and its answer. */
export interface WebhookRequest {
  readonly method: string;
  readonly functionName: string | undefined;
  /** By lower-case name. */
  header(name: string): string | undefined;
  readonly body: string;
}

export interface WebhookAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/**
 * The webhook of the Event Grid extension: both handshakes, and notifications in both schemas, one invocation an event. 202
 * when all were taken; 500 when one failed, so that the sender tries again.
 */
export function createEventGridWebhook(
  registry: AppRegistry,
  invoker: Invoker,
): (request: WebhookRequest) => Promise<WebhookAnswer> {
  return async (request) => {
    const fn = registry.find(request.functionName ?? '');
    if (fn?.trigger.type !== EVENT_GRID_TRIGGER) return { status: 404 };
    if (request.method === 'OPTIONS') return allowOrigin(request);
    if (request.method !== 'POST') return { status: 405 };
    const events = readEvents(request.body);
    if (events === undefined) return { status: 400 };
    const code = validationCodeOf(request, events);
    return code === undefined
      ? notify(fn, invoker, events)
      : { status: 200, body: { validationResponse: code } };
  };
}

/** The abuse protection of CloudEvents webhooks: whoever wants to send asks first. */
function allowOrigin(request: WebhookRequest): WebhookAnswer {
  const origin = request.header('webhook-request-origin');
  if (origin === undefined) return { status: 400 };
  return {
    status: 200,
    headers: { 'WebHook-Allowed-Origin': origin, 'WebHook-Allowed-Rate': '*' },
  };
}

function readEvents(body: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return Array.isArray(value) ? (value as readonly unknown[]) : [value];
  } catch {
    return undefined;
  }
}

function validationCodeOf(request: WebhookRequest, [event]: readonly unknown[]): unknown {
  if (request.header('aeg-event-type')?.toLowerCase() !== 'subscriptionvalidation') return undefined;
  return (event as { readonly data?: { readonly validationCode?: unknown } } | undefined)?.data
    ?.validationCode;
}

async function notify(
  fn: RegisteredFunction,
  invoker: Invoker,
  events: readonly unknown[],
): Promise<WebhookAnswer> {
  const calls = events.map((event) => {
    const data = (event as { readonly data?: unknown } | null)?.data ?? null;
    return invoker.invoke(fn, { data: jsonData(event), metadata: { data: jsonData(data) } });
  });
  const results = await Promise.allSettled(calls);
  // The invoker has logged what failed.
  return { status: results.every(({ status }) => status === 'fulfilled') ? 202 : 500 };
}
