import { RestError } from '@azure/core-rest-pipeline';
import type { DirectoryOptions, ListedObject, ListOptions, ListPage } from '../store.js';
import { ListReader } from './list-reader.js';
import type { Send } from './send.js';

/**
 * One List Blobs request, read while it arrives: a page of 5,000 is some 4 MB of XML. The page may be short or empty and
 * still have a `next`.
 */
export function listPage(send: Send, containerUrl: string, options: ListOptions): Promise<ListPage> {
  return readPage(send, containerUrl, options.prefix, options);
}

/** One List Blobs request with the delimiter `/`. */
export function listDirectoryPage(
  send: Send,
  containerUrl: string,
  options: DirectoryOptions,
): Promise<ListPage> {
  return readPage(send, containerUrl, options.directory, options, '/');
}

async function readPage(
  send: Send,
  containerUrl: string,
  prefix: string,
  options: Omit<ListOptions, 'prefix'>,
  delimiter?: '/',
): Promise<ListPage> {
  const { token, limit, tags = false, signal } = options;
  const query = [
    'restype=container&comp=list',
    `include=metadata${tags ? ',tags' : ''}`,
    ...(prefix === '' ? [] : [`prefix=${encodeURIComponent(prefix)}`]),
    ...(delimiter === undefined ? [] : [`delimiter=${encodeURIComponent(delimiter)}`]),
    ...(token === undefined ? [] : [`marker=${encodeURIComponent(token)}`]),
    ...(limit === undefined ? [] : [`maxresults=${String(limit)}`]),
  ].join('&');
  const { body } = await send({ method: 'GET', url: `${containerUrl}?${query}`, success: 200, signal });
  const objects: ListedObject[] = [];
  const reader = new ListReader(tags, (object) => objects.push(object));
  try {
    body.setEncoding('utf8');
    for await (const text of body) reader.write(String(text));
    const next = reader.end();
    return next === '' ? { objects } : { objects, next };
  } catch (error) {
    if (signal.aborted) throw new DOMException('the listing was given up', 'AbortError');
    // A reply that was cut off, or is no listing: worth another try.
    const reason = error instanceof Error ? error.message : String(error);
    throw new RestError(`reading the listing: ${reason}`, { code: RestError.PARSE_ERROR });
  }
}
