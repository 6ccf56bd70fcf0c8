import { CopyError } from '../../src/job/copy-error.js';
import type { CopyErrorCode } from '../../src/job/copy-error.js';

/** The methods of a store, as faults and request counts name them. */
export type StoreCall =
  | 'list'
  | 'stat'
  | 'copyFrom'
  | 'delete'
  | 'stageFrom'
  | 'listBlocks'
  | 'commit'
  | 'listContainers'
  | 'setTier'
  | 'createContainer'
  | 'containerExists'
  | 'createFile'
  | 'putRangeFrom'
  | 'setFile'
  | 'listRanges'
  | 'createDirectory'
  | 'setDirectory'
  | 'readPermission'
  | 'createPermission'
  | 'createSnapshot'
  | 'listSnapshots'
  | 'deleteSnapshot';

/** One request that reached the memory cloud. */
export interface MemoryRequest {
  readonly account: string;
  readonly call: StoreCall;
  readonly container: string;
  /** Key, or prefix of a listing. */
  readonly key: string;
}

/** Something that goes wrong. The first fault that matches a request and has `times` left is used. */
export interface Fault {
  readonly on: StoreCall;
  readonly account?: string;
  readonly container?: string;
  readonly key?: string;
  /** Matching requests that pass before the fault strikes. */
  readonly skip?: number;
  /** How often it strikes; once by default. */
  readonly times?: number;
  /** Runs before the request has any effect: the world changes at the worst moment. */
  readonly before?: () => void;
  /** Thrown instead of any effect; with `lostReply`, after the effect. */
  readonly error?: CopyError;
  /** The request takes effect, its answer is lost: throws `error`, or `network`. */
  readonly lostReply?: boolean;
  /** Never answers until the signal aborts. */
  readonly hangs?: boolean;
}

/** An error as the Blob service would have caused it. */
export function refusal(
  code: CopyErrorCode,
  status: number,
  serviceCode: string,
  detail: { readonly retryable?: boolean; readonly retryAfterMs?: number } = {},
): CopyError {
  return new CopyError(code, `refused: ${serviceCode}`, {
    retryable: detail.retryable ?? false,
    status,
    serviceCode,
    requestId: `memory-${serviceCode}`,
    ...(detail.retryAfterMs === undefined ? {} : { retryAfterMs: detail.retryAfterMs }),
  });
}

/** 503 ServerBusy. */
export function throttled(retryAfterMs?: number): CopyError {
  return refusal('throttled', 503, 'ServerBusy', {
    retryable: true,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** A connection that broke without any answer. */
export function networkError(): CopyError {
  return new CopyError('network', 'connection reset', { retryable: true });
}

/** A reply that ends before its announced length: the service has acted. */
export function truncated(): CopyError {
  return new CopyError('network', 'the reply was cut short', { retryable: true });
}

/** A token that was good when it was fetched. */
export function expiredToken(side: 'source' | 'destination'): CopyError {
  return refusal(`${side}-unauthenticated`, 401, 'InvalidAuthenticationInfo');
}

interface ArmedFault {
  readonly fault: Fault;
  skip: number;
  times: number;
}

/** The list of armed faults, and the passage of one request through it. */
export class FaultList {
  readonly #armed: ArmedFault[] = [];

  add(fault: Fault): void {
    this.#armed.push({ fault, skip: fault.skip ?? 0, times: fault.times ?? 1 });
  }

  clear(): void {
    this.#armed.length = 0;
  }

  /** Runs `effect` as the armed faults have it. */
  async pass<T>(request: MemoryRequest, signal: AbortSignal, effect: () => T): Promise<T> {
    const fault = this.#take(request);
    await new Promise<void>((resolve) => setImmediate(resolve));
    throwIfAborted(signal);
    if (fault?.hangs === true) await untilAborted(signal);
    fault?.before?.();
    if (fault?.error !== undefined && fault.lostReply !== true) throw fault.error;
    const result = effect();
    if (fault?.lostReply === true) throw fault.error ?? networkError();
    return result;
  }

  #take(request: MemoryRequest): Fault | undefined {
    for (const armed of this.#armed) {
      if (armed.times === 0 || !matches(armed.fault, request)) continue;
      if (armed.skip > 0) {
        armed.skip -= 1;
        continue;
      }
      armed.times -= 1;
      return armed.fault;
    }
    return undefined;
  }
}

function matches(fault: Fault, request: MemoryRequest): boolean {
  return (
    fault.on === request.call &&
    (fault.account ?? request.account) === request.account &&
    (fault.container ?? request.container) === request.container &&
    (fault.key ?? request.key) === request.key
  );
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new CopyError('aborted', 'the request was given up', { retryable: false });
}

async function untilAborted(signal: AbortSignal): Promise<never> {
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
  });
  throw new CopyError('aborted', 'the request was given up', { retryable: false });
}

/** The refusal of a copy whose source is not there, as the source's service words it. */
export function sourceNotFound(service: 'blob' | 'files' | undefined): CopyError {
  return refusal('source-not-found', 404, service === 'files' ? 'ResourceNotFound' : 'BlobNotFound');
}
