import type { HttpResponseInit } from '@azure/functions';
import { HttpRequest, InvocationContext } from '@azure/functions';
import { createAccess, type Access } from '../../../../src/functions/http/access.js';
import { routes } from '../../../../src/functions/http/routes.js';
import { answer, type Route } from '../../../../src/functions/http/route.js';
import type { HttpServices, Readiness } from '../../../../src/functions/services.js';
import type { Finding } from '../../../../src/preflight/finding.js';
import type { JobSpec } from '../../../../src/job/job-spec.js';
import type { Account } from '../../../../src/job/account.js';
import type { Board } from '../../../../src/record/board.js';
import { stateNames } from '../../../../src/record/refs.js';
import type { IdentityStatus } from '../../../../src/runtime/identity-status.js';
import type { MemoryStateStore } from '../../../support/memory-state-store.js';
import { createMemoryStateStore } from '../../../support/memory-state-store.js';
import type { StepClock } from '../../../support/step-clock.js';
import { createStepClock } from '../../../support/step-clock.js';

export const accounts: readonly Account[] = [
  { name: 'from', blobEndpoint: 'https://from.blob.core.windows.net', listingOrder: 'utf8' },
  { name: 'to', blobEndpoint: 'https://to.blob.core.windows.net', listingOrder: 'utf8' },
  {
    name: 'shares',
    blobEndpoint: 'https://shares.blob.core.windows.net',
    fileEndpoint: 'https://shares.file.core.windows.net',
    listingOrder: 'utf8',
  },
];
export const from = 'https://from.blob.core.windows.net';
export const shares = 'https://shares.file.core.windows.net';
export const to = 'https://to.blob.core.windows.net';

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** Body as JSON; fails for other bodies. */
  json(): Record<string, unknown>;
}

export interface Bench {
  readonly state: MemoryStateStore;
  readonly clock: StepClock;
  /** Runs that were started, as `<job>.r<run>`. */
  readonly started: string[];
  readonly logged: Record<string, unknown>[];
  checks: readonly Readiness[];
  /** Specs of preflights, and what they find. */
  readonly preflights: JobSpec[];
  findings: readonly Finding[];
  identities: readonly IdentityStatus[];
  /** Ids of the rules that were tried again. */
  readonly retried: string[];
  /** Set to make starts or the services fail. */
  failStart: Error | undefined;
  failServices: Error | undefined;
  call(method: Route['method'], path: string, options?: CallOptions): Promise<Reply>;
  post(path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Reply>;
  put(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Reply>;
  /** Board of a job without a request. */
  board(job: string): Board;
  changeBoard(job: string, change: Partial<Board>): Promise<void>;
}

export interface CallOptions {
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The API over an empty state container; whatever it starts is noted. */
export function createBench(access: Access = createAccess({ kind: 'key' }, undefined)): Bench {
  const clock = createStepClock();
  const state = createMemoryStateStore(clock);
  let ids = 0;
  const services: HttpServices = {
    access,
    accounts,
    state,
    clock,
    randomBytes: (count) => new Uint8Array(count).fill((ids += 1)),
    preflight: (spec) => {
      bench.preflights.push(spec);
      return Promise.resolve({ identities: [], findings: bench.findings });
    },
    startRun: (job, run) => {
      if (bench.failStart !== undefined) return Promise.reject(bench.failStart);
      bench.started.push(`${job}.r${String(run)}`);
      return Promise.resolve();
    },
    ready: () => Promise.resolve(bench.checks),
    identities: () => Promise.resolve(bench.identities),
    home: 'https://host.example/tranship',
    queuedEvents: () => Promise.resolve(3),
    retryReplication: (rule) => {
      bench.retried.push(rule);
      return Promise.resolve({ retried: 2, failed: 1, more: false });
    },
    log: (event, fields) => {
      bench.logged.push({ event, ...fields });
    },
  };
  const open = (): HttpServices => {
    if (bench.failServices !== undefined) throw bench.failServices;
    return services;
  };
  const bench: Bench = {
    state,
    clock,
    started: [],
    logged: [],
    checks: [{ name: 'state', ready: true }],
    preflights: [],
    findings: [],
    identities: [],
    retried: [],
    failStart: undefined,
    failServices: undefined,
    call: (method, path, options = {}) => send(open, method, path, options),
    post: (path, body, headers = {}) =>
      send(open, 'POST', path, {
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        headers: { 'content-type': 'application/json', ...headers },
      }),
    put: (path, body, headers = {}) =>
      send(open, 'PUT', path, {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...headers },
      }),
    board: (job) => JSON.parse(state.text(stateNames.board(job)) ?? '{}') as Board,
    changeBoard: async (job, change) => {
      await state.put(stateNames.board(job), JSON.stringify({ ...bench.board(job), ...change }));
    },
  };
  return bench;
}

async function send(
  open: () => HttpServices,
  method: Route['method'],
  path: string,
  { body, headers = {} }: CallOptions,
): Promise<Reply> {
  const url = new URL(path, 'https://app.example');
  const segments = url.pathname.replace(/^\/api\//, '').split('/');
  const found = routes.flatMap((route) => {
    const params = match(route.path.split('/'), segments);
    return route.method === method && params !== undefined ? [{ route, params }] : [];
  })[0];
  if (found === undefined) throw new Error(`no route for ${method} ${path}`);
  const request = new HttpRequest({
    method,
    url: url.href,
    headers: { ...headers },
    params: found.params,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? { string: body } : { bytes: body } }),
  });
  const context = new InvocationContext({
    functionName: found.route.name,
    invocationId: 'invocation-1',
    logHandler: () => undefined,
  });
  return toReply(await answer(found.route, open, request, context));
}

function match(template: readonly string[], path: readonly string[]): Record<string, string> | undefined {
  if (template.length !== path.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of template.entries()) {
    const actual = path[index] ?? '';
    if (part.startsWith('{')) params[part.slice(1, -1)] = decodeURIComponent(actual);
    else if (part !== actual) return undefined;
  }
  return params;
}

function toReply(response: HttpResponseInit): Reply {
  const text = typeof response.body === 'string' ? response.body : '';
  return {
    status: response.status ?? 200,
    headers: response.headers as Record<string, string>,
    text,
    json: () => JSON.parse(text) as Record<string, unknown>,
  };
}
