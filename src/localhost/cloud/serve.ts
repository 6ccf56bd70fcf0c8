import { PassThrough } from 'node:stream';
import { copyBlob, hideCopySource } from './async-copy.js';
import { authorize, callerName, identifyCaller, noCredentials, verifySharedKey } from './authenticate.js';
import type { Caller } from './authenticate.js';
import { serveBatch } from './batch.js';
import type { TokenAuthority } from './bearer.js';
import { copyFromUrl } from './copy-from-url.js';
import type { CopyLimits } from './copy-limits.js';
import type { SourceReader } from './copy-source.js';
import { applyAfter, applyBefore } from './apply-fault.js';
import { errorReply, ServiceError } from './errors.js';
import type { AzuriteRequest, FrontReply, FrontRequest } from './exchange.js';
import type { EventHub } from './events/event-hub.js';
import { ConnectionReset, header, rawHeader } from './exchange.js';
import type { Faults } from './faults.js';
import { fileOperationName } from './files/file-operation.js';
import { answerFileRequest } from './files/file-service.js';
import type { ShareStore } from './files/share-store.js';
import type { Journal, JournalEntry } from './journal.js';
import type { Target } from './operation.js';
import { operationName, parseTarget } from './operation.js';
import { challengeAnonymous, passThrough } from './pass-through.js';
import type { RoleAssignment } from './roles.js';
import { shortenKey } from './shorten-key.js';
import type { Upstream } from './upstream.js';

/** What every request needs; `roles` and `limits` change at run time. */
export interface CloudContext {
  readonly authority: TokenAuthority;
  readonly keys: ReadonlyMap<string, string>;
  readonly upstream: Upstream;
  readonly sources: SourceReader;
  readonly shares: ShareStore;
  readonly faults: Faults;
  readonly journal: Journal;
  readonly events: EventHub;
  readonly log: (line: string) => void;
  roles: readonly RoleAssignment[];
  limits: CopyLimits;
}

/** A reply with its line in the journal, which whoever sends the reply completes. */
export interface Served {
  readonly reply: FrontReply;
  readonly entry: JournalEntry;
}

/**
 * The one way through the cloud, for sockets and for its own reads of copy sources: journal, faults, throttle, caller, roles, then a
 * copy or the pass to Azurite. Storage errors are replies; it throws only ConnectionReset, with the entry already closed.
 */
export async function serve(context: CloudContext, request: FrontRequest): Promise<Served> {
  const target = parseTarget(request.url);
  const operation = operationOf(request, target);
  const entry = openEntry(context.journal, request, target, operation);
  const rule = context.faults.choose({
    service: request.service,
    method: request.method,
    account: target.account,
    ...(target.container === undefined ? {} : { container: target.container }),
    operation,
    url: request.url,
    hasCopySource: request.headers['x-ms-copy-source'] !== undefined,
    hasSourceAuthorization: request.headers['x-ms-copy-source-authorization'] !== undefined,
    clientTags: [entry.userAgent ?? '', entry.clientRequestId ?? ''],
    internal: request.internal,
  });
  let reply: FrontReply;
  try {
    await applyBefore(rule, entry);
    const asked = await shortenKey(rule, request, operation, Date.now());
    reply = await answer(context, asked, target, operation, entry);
    context.events.observe(request, target, operation, reply);
    reply = await applyAfter(rule, entry, reply);
  } catch (error) {
    if (error instanceof ConnectionReset) {
      closeEntry(context.journal, entry);
      throw error;
    }
    reply = errorReply(request, asServiceError(context, error));
  }
  entry.status = reply.status;
  const code = rawHeader(reply.headers, 'x-ms-error-code');
  if (code !== undefined) entry.errorCode = code;
  return { reply, entry };
}

function operationOf({ service, method, headers }: FrontRequest, target: Target): string {
  if (service === 'blob') return operationName(method, target, headers);
  return service === 'file' ? fileOperationName(method, target, headers) : 'Other';
}

/** Completes and counts a journal entry once its reply has been sent, or not. */
export function closeEntry(journal: Journal, entry: JournalEntry): void {
  entry.durationMs = Date.now() - entry.timeMs;
  journal.close(entry);
}

function openEntry(journal: Journal, request: FrontRequest, target: Target, operation: string): JournalEntry {
  const userAgent = header(request.headers, 'user-agent');
  const clientRequestId = header(request.headers, 'x-ms-client-request-id');
  const source = header(request.headers, 'x-ms-copy-source');
  return journal.open({
    timeMs: Date.now(),
    service: request.service,
    account: target.account,
    method: request.method,
    path: withoutQuery(request.url),
    operation,
    internal: request.internal,
    caller: 'invalid',
    requestBytes: Number(header(request.headers, 'content-length') ?? 0),
    responseBytes: 0,
    ...(target.container === undefined ? {} : { container: target.container }),
    ...(target.blob === undefined ? {} : { blob: target.blob }),
    ...(userAgent === undefined ? {} : { userAgent }),
    ...(clientRequestId === undefined ? {} : { clientRequestId }),
    ...(source === undefined ? {} : { sourceUrl: withoutQuery(source) }),
  });
}

function withoutQuery(url: string): string {
  const mark = url.indexOf('?');
  return mark < 0 ? url : url.slice(0, mark);
}

async function answer(
  context: CloudContext,
  request: FrontRequest,
  target: Target,
  operation: string,
  entry: JournalEntry,
): Promise<FrontReply> {
  context.faults.take(target.account);
  const caller = identifyCaller(request, target, context.authority, Date.now());
  entry.caller = callerName(caller);
  const { service } = request;
  const counted = countBody(request, entry);
  if (service === 'file') return answerFileRequest(context, counted, target, operation, caller);
  authorize(request, target, caller, context.roles, Date.now());
  if (service !== 'blob') return passThrough(context.upstream, { ...counted, service });
  if (request.headers['x-ms-copy-source'] !== undefined && request.method === 'PUT') {
    return copy(context, { ...request, service }, target, operation, caller);
  }
  if (operation === 'Batch' && request.method === 'POST') return batch(context, request, target, caller);
  const passed = await passThrough(context.upstream, { ...counted, service });
  const reply = challengeAnonymous(caller, passed, context.authority);
  return hideCopySource(reply, header(request.headers, 'host') ?? '');
}

function batch(
  context: CloudContext,
  request: FrontRequest,
  target: Target,
  caller: Caller,
): Promise<FrontReply> {
  if (caller.kind === 'anonymous') throw noCredentials(context.authority);
  if (caller.kind === 'SharedKey') {
    verifySharedKey(request, target.account, context.keys.get(target.account));
  }
  return serveBatch(request, (part) => serveInternally(context, part));
}

/** `serve` for a request that the cloud makes of itself: a read of a copy source, a part of a batch. */
export async function serveInternally(context: CloudContext, request: FrontRequest): Promise<FrontReply> {
  const { reply, entry } = await serve(context, request);
  entry.responseBytes = Number(rawHeader(reply.headers, 'content-length') ?? 0);
  closeEntry(context.journal, entry);
  return reply;
}

function copy(
  context: CloudContext,
  request: AzuriteRequest,
  target: Target,
  operation: string,
  caller: Caller,
): Promise<FrontReply> {
  const { upstream, sources, limits } = context;
  const { account } = target;
  const key = context.keys.get(account);
  if (caller.kind === 'anonymous') throw noCredentials(context.authority);
  if (caller.kind === 'SharedKey') verifySharedKey(request, account, key);
  if (operation === 'IncrementalCopyBlob' || operation === 'Other') throw notImplemented();
  const copyContext = {
    upstream,
    sources,
    limits,
    operation,
    account,
    ...(caller.kind === 'SharedKey' && key !== undefined ? { resignKey: key } : {}),
  };
  if (operation !== 'CopyBlob') return copyFromUrl(copyContext, request);
  return copyBlob({ ...copyContext, caller, ...(key === undefined ? {} : { key }) }, request);
}

function notImplemented(): ServiceError {
  return new ServiceError(
    501,
    'NotImplemented',
    'The requested operation is not implemented on this emulator.',
  );
}

/** A body without announced length is counted as it goes by. */
function countBody(request: FrontRequest, entry: JournalEntry): FrontRequest {
  if (request.body === undefined || request.headers['transfer-encoding'] === undefined) return request;
  const counted = new PassThrough();
  counted.on('data', (chunk: Buffer) => {
    entry.requestBytes += chunk.length;
  });
  return { ...request, body: request.body.pipe(counted) };
}

function asServiceError(context: CloudContext, error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  if (error instanceof URIError) {
    return new ServiceError(
      400,
      'InvalidUri',
      'The requested URI does not represent any resource on the server.',
    );
  }
  context.log(`cloud: a request failed inside: ${error instanceof Error ? error.message : String(error)}`);
  return new ServiceError(
    500,
    'InternalError',
    'The server encountered an internal error. Please retry the request.',
  );
}
