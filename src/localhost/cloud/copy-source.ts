import { Agent as HttpAgent, request as httpRequest, STATUS_CODES } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import { getCACertificates } from 'node:tls';
import { cannotVerifyCopySource, ServiceError, unreachableCopySource } from './errors.js';
import type { FrontReply, FrontRequest, ServiceName } from './exchange.js';
import { ConnectionReset, headerPairs, rawHeader, readAll } from './exchange.js';
import { replyOf } from './pass-through.js';

/** One GET of a copy source on behalf of a destination. `headers` are names and values in turn. */
export interface SourceRead {
  readonly url: string;
  readonly headers: readonly string[];
}

/** A source that answered 200 or 206. */
export interface OpenSource {
  readonly status: number;
  readonly headers: readonly string[];
  /** Undefined when a foreign host gives no length. */
  readonly lengthBytes?: number;
  readonly body: Buffer | Readable;
}

/** Where a copy source may lie. */
export type SourceService = 'blob' | 'file';

export interface SourceReader {
  /**
   * Opens a source. Throws 412 SourceConditionNotMet, CannotVerifyCopySource with the source's status, or 404 when nothing
   * answers or the host is not on loopback.
   */
  open(read: SourceRead): Promise<OpenSource>;
  /** Proves by HEAD that a blob of this cloud may be read; throws as `open` does. */
  check(read: SourceRead): Promise<void>;
  /** Path and query of a URL of this service of the cloud, else undefined. */
  ownPath(url: string, service: SourceService): string | undefined;
  close(): void;
}

/**
 * Reads sources: those of this cloud in process through `serve`, with the same checks as for any client; those of other loopback
 * hosts over http or https. No other host is ever called.
 */
export function createSourceReader(options: {
  readonly serve: (request: FrontRequest) => Promise<FrontReply>;
  /** The services of this cloud by the `host:port` pairs by which clients call them. */
  readonly ownHosts: () => ReadonlyMap<string, SourceService>;
  readonly ca: string;
}): SourceReader {
  const plain = new HttpAgent({ keepAlive: true });
  const secure = new HttpsAgent({ keepAlive: true, ca: [options.ca, ...getCACertificates('default')] });
  const ownService = ({ protocol, host }: UrlParts): SourceService | undefined =>
    protocol === 'https' ? options.ownHosts().get(host) : undefined;
  return {
    open: async (read) => {
      const parts = splitUrl(read.url);
      const service = ownService(parts);
      const reply =
        service === undefined
          ? await readForeign(parts.protocol === 'https' ? secure : plain, parts, read.headers)
          : await readOwn(options.serve, service, 'GET', parts, read.headers);
      return accept(reply);
    },
    check: async (read) => {
      await accept(await readOwn(options.serve, 'blob', 'HEAD', splitUrl(read.url), read.headers));
    },
    ownPath: (url, service) => {
      const parts = splitUrl(url);
      return ownService(parts) === service ? parts.path : undefined;
    },
    close: () => {
      plain.destroy();
      secure.destroy();
    },
  };
}

interface UrlParts {
  readonly protocol: 'http' | 'https';
  readonly host: string;
  /** With query, exactly as in the URL. */
  readonly path: string;
}

/** Cuts a URL into its parts without normalising the path: dots and escapes are part of a blob's name. */
function splitUrl(url: string): UrlParts {
  const parts = /^(https?):\/\/([^/?#@]+)([^#]*)$/i.exec(url);
  if (parts === null) {
    throw new ServiceError(
      400,
      'InvalidHeaderValue',
      'The value for one of the HTTP headers is not in the correct format.',
      {
        elements: [
          ['HeaderName', 'x-ms-copy-source'],
          ['HeaderValue', ''],
        ],
      },
    );
  }
  const [, protocol = '', host = '', path = ''] = parts;
  return {
    protocol: protocol.toLowerCase() === 'http' ? 'http' : 'https',
    host: host.toLowerCase(),
    path: path.startsWith('/') ? path : `/${path}`,
  };
}

async function readOwn(
  serve: (request: FrontRequest) => Promise<FrontReply>,
  service: ServiceName,
  method: 'GET' | 'HEAD',
  { host, path }: UrlParts,
  headers: readonly string[],
): Promise<FrontReply> {
  const rawHeaders = ['Host', host, ...headers];
  const parsed: Record<string, string> = {};
  for (const [name, value] of headerPairs(rawHeaders)) parsed[name.toLowerCase()] = value;
  try {
    return await serve({ service, method, url: path, rawHeaders, headers: parsed, internal: true });
  } catch (error) {
    if (!(error instanceof ConnectionReset)) throw error;
    throw cannotVerifyCopySource({
      status: 500,
      code: 'InternalError',
      message: 'The server encountered an internal error. Please retry the request.',
    });
  }
}

function isLoopback(hostname: string): boolean {
  return /^(127\.\d+\.\d+\.\d+|localhost|.+\.localhost|\[::1\])$/.test(hostname);
}

async function readForeign(
  agent: HttpAgent | HttpsAgent,
  { protocol, host, path }: UrlParts,
  headers: readonly string[],
): Promise<FrontReply> {
  const [, hostname = '', port] = /^(.*?)(?::(\d+))?$/.exec(host) ?? [];
  if (!isLoopback(hostname)) throw unreachableCopySource();
  const send = protocol === 'https' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const outgoing = send({
      agent,
      host: hostname.endsWith('localhost') ? '127.0.0.1' : hostname.replace(/[[\]]/g, ''),
      servername: 'localhost',
      port: port ?? (protocol === 'https' ? 443 : 80),
      method: 'GET',
      path,
      headers: ['Host', host, ...headers],
    });
    outgoing.once('response', (incoming) => {
      resolve(replyOf('GET', incoming));
    });
    outgoing.on('error', () => {
      reject(unreachableCopySource());
    });
    outgoing.end();
  });
}

async function accept(reply: FrontReply): Promise<OpenSource> {
  if (reply.status === 200 || reply.status === 206) {
    const length = rawHeader(reply.headers, 'content-length');
    return {
      status: reply.status,
      headers: reply.headers,
      ...(length === undefined ? {} : { lengthBytes: Number(length) }),
      body: reply.body ?? Buffer.alloc(0),
    };
  }
  const body =
    reply.body === undefined || Buffer.isBuffer(reply.body) ? reply.body : await readAll(reply.body);
  if (reply.status === 304 || reply.status === 412) {
    throw new ServiceError(
      412,
      'SourceConditionNotMet',
      'The source condition specified using HTTP conditional header(s) is not met.',
    );
  }
  throw refusal(reply, body?.toString('utf8') ?? '');
}

function refusal(reply: FrontReply, body: string): ServiceError {
  const code = rawHeader(reply.headers, 'x-ms-error-code');
  const told = /<Message>([^<\n]*)/.exec(body)?.[1];
  const message = code === undefined ? STATUS_CODES[reply.status] : told;
  return cannotVerifyCopySource({
    status: reply.status,
    ...(code === undefined ? {} : { code }),
    ...(message === undefined ? {} : { message: message.trim() }),
  });
}
