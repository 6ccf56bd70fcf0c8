import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DurableEngine } from '../../durable/engine-api.js';
import type { AdminApi } from './admin-api.js';
import type { WebhookAnswer, WebhookRequest } from '../triggers/event-grid-trigger.js';
import type { HostLog } from '../host-log.js';
import type { HttpRoutes } from './http-routes.js';
import type { Invoker } from '../invoker.js';
import { refuseForeign } from './loopback-guard.js';
import { MAX_BODY_BYTES, readBody } from './request-body.js';
import { hasContentLength, toRpcHttp, writeRpcHttp } from './rpc-http.js';
import { toError } from '../system-error.js';

const LOOPBACK = '127.0.0.1';
const MANAGEMENT = /^\/(?:runtime\/webhooks\/)?durabletask\/(.*)$/i;
const EVENT_GRID = /^\/runtime\/webhooks\/EventGrid\/?$/i;
const ADMIN = /^\/admin\/(.*)$/i;
const TRACE_PARENT = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/;

/** What requests are served with, once the app is loaded. */
export interface HttpBackend {
  readonly routes: HttpRoutes;
  readonly invoker: Invoker;
  readonly engine: Pick<DurableEngine, 'handle'>;
  readonly admin: AdminApi;
  readonly eventGrid: (request: WebhookRequest) => Promise<WebhookAnswer>;
}

export interface HttpServer {
  /** Binds to 127.0.0.1 and resolves with the port. Until {@link HttpServer.serve} every answer is 503. */
  listen(port: number): Promise<number>;
  serve(backend: HttpBackend): void;
  /** Stops accepting, waits until the open requests are answered, for at most `graceMs`, then cuts the connections. */
  close(graceMs: number): Promise<void>;
}

/** The only listener of the host. */
export function createHttpServer(log: HostLog): HttpServer {
  let backend: HttpBackend | undefined;
  const open = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    open.add(response);
    response.once('close', () => open.delete(response));
    void respond(request, response, backend, log);
  });
  return {
    listen: (port) => listen(server, port),
    serve: (ready) => {
      backend = ready;
    },
    close: (graceMs) => close(server, open, graceMs),
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function close(server: Server, open: ReadonlySet<ServerResponse>, graceMs: number): Promise<void> {
  if (!server.listening) {
    return Promise.resolve();
  }
  return new Promise((resolve) => {
    const cut = setTimeout(() => {
      server.closeAllConnections();
    }, graceMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
    // Kept alive, a connection would hold the server open for seconds after its last answer.
    for (const response of open) {
      if (!response.headersSent) {
        response.setHeader('connection', 'close');
      }
    }
  });
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  backend: HttpBackend | undefined,
  log: HostLog,
): Promise<void> {
  try {
    await route(request, response, backend, log);
  } catch (thrown) {
    // Also ends up here: a client that went away while its body was read.
    const message = `Request failed: ${toError(thrown).message}`;
    log({ level: 'error', category: 'system', message });
    if (response.headersSent) {
      response.destroy();
    } else {
      // What the failed answer had set must not go out with this one.
      response.getHeaderNames().forEach((name) => {
        response.removeHeader(name);
      });
      response.writeHead(500).end();
    }
  }
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  backend: HttpBackend | undefined,
  log: HostLog,
): Promise<void> {
  const refusal = refuseForeign(request);
  if (refusal !== undefined) {
    sendText(response, 403, refusal);
    return;
  }
  const target = `http://${request.headers.host ?? LOOPBACK}${request.url ?? ''}`;
  if (request.url?.startsWith('/') !== true || !URL.canParse(target)) {
    sendText(response, 400, 'The request target is not a path.');
    return;
  }
  if (backend === undefined) {
    sendText(response, 503, 'The host is starting.', { 'retry-after': '1' });
    return;
  }
  const body = await readBody(request, MAX_BODY_BYTES);
  if (body === undefined) {
    sendText(response, 413, 'The request body is too large.', { connection: 'close' });
    return;
  }
  await dispatch({ request, response, backend, log, url: new URL(target), body });
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly backend: HttpBackend;
  readonly log: HostLog;
  readonly url: URL;
  readonly body: Buffer;
}

async function dispatch(exchange: Exchange): Promise<void> {
  const { url, backend, request, response, body } = exchange;
  const management = MANAGEMENT.exec(url.pathname)?.[1];
  if (management !== undefined) {
    await manage(exchange, management);
    return;
  }
  if (EVENT_GRID.test(url.pathname)) {
    await receiveEvents(exchange);
    return;
  }
  const admin = ADMIN.exec(url.pathname)?.[1];
  if (admin !== undefined) {
    const answer = backend.admin.handle(request.method ?? 'GET', admin, body.toString('utf8'));
    const headers = answer.body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' };
    sendText(response, answer.status, answer.body === undefined ? '' : JSON.stringify(answer.body), headers);
    return;
  }
  await callFunction(exchange);
}

async function receiveEvents({ request, response, backend, url, body }: Exchange): Promise<void> {
  const answer = await backend.eventGrid({
    method: request.method ?? 'GET',
    functionName: url.searchParams.get('functionName') ?? undefined,
    header: (name) => request.headersDistinct[name]?.[0],
    body: body.toString('utf8'),
  });
  const text = answer.body === undefined ? '' : JSON.stringify(answer.body);
  const type = text === '' ? {} : { 'content-type': 'application/json; charset=utf-8' };
  sendText(response, answer.status, text, { ...answer.headers, ...type });
}

async function manage(exchange: Exchange, path: string): Promise<void> {
  const { request, response, url, body } = exchange;
  const headers: Record<string, string> = {};
  for (const [name, values] of Object.entries(request.headersDistinct)) {
    headers[name] = (values ?? []).join(',');
  }
  const answer = await exchange.backend.engine.handle({
    method: request.method ?? 'GET',
    path,
    query: url.searchParams,
    headers,
    body: body.toString('utf8'),
  });
  response.writeHead(answer.status, answer.headers).end(answer.body);
}

async function callFunction(exchange: Exchange): Promise<void> {
  const { request, response, url, body, backend, log } = exchange;
  const match = backend.routes.match(request.method ?? 'GET', url.pathname);
  if (match.kind === 'notFound') {
    sendText(response, 404, '');
    return;
  }
  if (match.kind === 'methodNotAllowed') {
    sendText(response, 405, '', { allow: match.allow.join(', ') });
    return;
  }
  const { fn, params } = match;
  if (body.length > 0 && !hasContentLength(request)) {
    const message = 'A chunked request body is not handed to functions: send Content-Length.';
    log({ level: 'warning', category: 'system', message, functionName: fn.name });
  }
  const traceParent = request.headers['traceparent'];
  const call = {
    data: toRpcHttp(request, url, params, body),
    ...(typeof traceParent === 'string' && TRACE_PARENT.test(traceParent) ? { traceParent } : {}),
  };
  const outcome = await backend.invoker.invoke(fn, call).catch(() => undefined);
  if (outcome === undefined) {
    // The invoker has logged why; a caller learns only that it failed.
    sendText(response, 500, '');
    return;
  }
  writeRpcHttp(response, outcome.returnValue);
}

function sendText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const type = text === '' ? {} : { 'content-type': 'text/plain; charset=utf-8' };
  response.writeHead(status, { ...type, ...headers, 'content-length': Buffer.byteLength(text) }).end(text);
}
