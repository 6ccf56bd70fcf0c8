import type { IncomingMessage, ServerResponse } from 'node:http';
import { typedDataToBytes } from '../typed-data.js';
import type { NullableValue, RpcCookie, RpcHttp, RpcTypedData } from '../worker-contract.js';

type NullableMap = Record<string, NullableValue<string>>;

/**
 * An incoming request as the real host hands it to a worker: header names in lower case, empty headers dropped, repeated
 * headers and query keys joined by commas. A request without Content-Length (chunked) has no body on this path.
 */
export function toRpcHttp(
  request: IncomingMessage,
  url: URL,
  params: Readonly<Record<string, string>>,
  body: Buffer,
): RpcTypedData {
  const headers: NullableMap = {};
  for (const [name, values] of Object.entries(request.headersDistinct)) {
    const value = (values ?? []).join(name === 'cookie' ? '; ' : ',');
    if (value !== '') {
      headers[name] = { value };
    }
  }
  const query: NullableMap = {};
  for (const name of new Set(url.searchParams.keys())) {
    query[name] = { value: url.searchParams.getAll(name).join(',') };
  }
  const http: RpcHttp = {
    url: url.href,
    method: request.method ?? 'GET',
    nullableHeaders: headers,
    nullableQuery: query,
    nullableParams: Object.fromEntries(Object.entries(params).map(([name, value]) => [name, { value }])),
    ...(body.length > 0 && hasContentLength(request) ? { body: { bytes: body } } : {}),
  };
  return { http };
}

/** Whether the body of a request reaches a function. */
export function hasContentLength(request: IncomingMessage): boolean {
  return request.headers['content-length'] !== undefined;
}

/** Writes a function's return value. No value is 204; a return binding that is not HTTP is sent as 200 with its text. */
export function writeRpcHttp(response: ServerResponse, value: RpcTypedData | null | undefined): void {
  if (value === null || value === undefined) {
    response.writeHead(204).end();
    return;
  }
  const { http } = value;
  if (http === null || http === undefined) {
    const bytes = typedDataToBytes(value);
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'content-length': bytes.length });
    response.end(bytes);
    return;
  }
  response.statusCode = Number(http.statusCode ?? '200');
  for (const [name, header] of Object.entries(http.headers ?? {})) {
    response.setHeader(name, header);
  }
  const cookies = (http.cookies ?? []).map(formatCookie);
  if (cookies.length > 0) {
    response.setHeader('set-cookie', cookies);
  }
  // Given whole, so that Node sets Content-Length itself where one is allowed.
  response.end(typedDataToBytes(http.body));
}

const SAME_SITE = { lax: 'Lax', strict: 'Strict', explicitNone: 'None', none: undefined } as const;

/** A Set-Cookie header. The value is percent-encoded where a cookie could not carry it, as the real host does. */
export function formatCookie(cookie: RpcCookie): string {
  const expires = cookie.expires?.value?.seconds;
  const sameSite = SAME_SITE[cookie.sameSite ?? 'none'];
  const parts: (string | false)[] = [
    `${cookie.name ?? ''}=${encodeURIComponent(cookie.value ?? '')}`,
    attribute('Domain', cookie.domain),
    attribute('Path', cookie.path),
    attribute('Max-Age', cookie.maxAge),
    expires !== undefined && `Expires=${new Date(expires * 1000).toUTCString()}`,
    cookie.secure?.value === true && 'Secure',
    cookie.httpOnly?.value === true && 'HttpOnly',
    sameSite !== undefined && `SameSite=${sameSite}`,
  ];
  return parts.filter((part) => part !== false).join('; ');
}

function attribute(name: string, value: NullableValue<string | number> | undefined): string | false {
  const text = value?.value;
  return text !== undefined && text !== null && `${name}=${String(text)}`;
}
