import type { AppRegistry, RegisteredFunction } from '../app-registry.js';
import { DURABLE_TRIGGERS } from '../durable-binding.js';
import { HTTP_TRIGGER, methodsOf, routeOf } from './http-routes.js';
import type { Invoker } from '../invoker.js';
import { toError } from '../system-error.js';
import { TIMER_TRIGGER } from '../triggers/timer.js';
import type { Timers } from '../triggers/timer.js';
import { jsonData } from '../typed-data.js';

/** A status and a JSON value, or no body. */
export interface AdminAnswer {
  readonly status: number;
  readonly body?: unknown;
}

/** One function as `GET /admin/host/status` lists it. */
export interface FunctionSummary {
  readonly name: string;
  /** Binding type of the trigger, as the app wrote it: `httpTrigger`. */
  readonly trigger: string;
  /** HTTP functions only: path and methods. */
  readonly route?: string;
  readonly methods?: readonly string[];
}

export interface AdminApi {
  /** `path` is below `/admin/`, percent-encoded. */
  handle(method: string, path: string, body: string): AdminAnswer;
}

export interface AdminOptions {
  readonly registry: AppRegistry;
  readonly invoker: Invoker;
  readonly timers: Timers;
  readonly routePrefix: string;
}

const NOT_FIRED_HERE = new Set<string>([HTTP_TRIGGER, ...Object.values(DURABLE_TRIGGERS)]);

/**
 * The administration routes: `GET host/status`, and `POST functions/<name>`, which fires a function that no caller can
 * reach (202; its outcome is in the log). The optional JSON body, or its `input` field, becomes the trigger's data; for a
 * timer, whose payload it can only amend, it must be an object.
 */
export function createAdminApi(options: AdminOptions): AdminApi {
  return {
    handle: (method, path, body) => {
      if (path === 'host/status') {
        return method === 'GET' ? { status: 200, body: hostStatus(options) } : { status: 405 };
      }
      const name = /^functions\/([^/]+)$/.exec(path)?.[1];
      if (name === undefined) {
        return { status: 404 };
      }
      return method === 'POST' ? fire(options, name, body) : { status: 405 };
    },
  };
}

function hostStatus({ registry, routePrefix }: AdminOptions): {
  state: string;
  functions: FunctionSummary[];
} {
  const functions = registry.functions().map((fn) => ({
    name: fn.name,
    trigger: fn.trigger.binding.type ?? '',
    ...(fn.trigger.type === HTTP_TRIGGER
      ? { route: `/${[routePrefix, routeOf(fn)].filter(Boolean).join('/')}`, methods: methodsOf(fn) }
      : {}),
  }));
  return { state: 'Running', functions };
}

function fire(options: AdminOptions, encodedName: string, body: string): AdminAnswer {
  const fn = findFunction(options.registry, encodedName);
  if (fn === undefined) {
    return { status: 404, body: { message: 'No such function.' } };
  }
  if (NOT_FIRED_HERE.has(fn.trigger.type)) {
    return { status: 400, body: { message: `A function with ${fn.trigger.type} is not fired here.` } };
  }
  let input: unknown;
  try {
    input = readInput(body);
  } catch (thrown) {
    return { status: 400, body: { message: `The body is not JSON: ${toError(thrown).message}` } };
  }
  if (fn.trigger.type !== TIMER_TRIGGER) {
    // The invoker has logged a failure; the caller was promised no outcome.
    void options.invoker.invoke(fn, { data: jsonData(input ?? null) }).catch(() => undefined);
    return { status: 202 };
  }
  if (input !== undefined && !isRecord(input)) {
    return { status: 400, body: { message: 'The input of a timer must be a JSON object.' } };
  }
  return options.timers.fire(fn.name, input) ? { status: 202 } : { status: 503 };
}

function findFunction(registry: AppRegistry, encodedName: string): RegisteredFunction | undefined {
  try {
    return registry.find(decodeURIComponent(encodedName));
  } catch {
    // Not valid percent-encoding: no function has such a name.
    return undefined;
  }
}

function readInput(body: string): unknown {
  if (body.trim() === '') {
    return undefined;
  }
  const value: unknown = JSON.parse(body);
  if (!isRecord(value) || !('input' in value)) {
    return value;
  }
  return typeof value['input'] === 'string' && value['input'].trim() === '' ? undefined : value['input'];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
