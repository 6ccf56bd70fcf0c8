import { ServiceError } from '../errors.js';
import { header } from '../exchange.js';
import type { FileCall } from './file-call.js';
import type { XmlNode } from './xml.js';
import { element } from './xml.js';

const MAX_RESULTS = 5000;

/** One page of a listing. */
export interface Page {
  readonly names: readonly string[];
  /** Empty on the last page. */
  readonly nextMarker: string;
  /** Marker, prefix and size as they were asked. */
  readonly echo: readonly XmlNode[];
}

/** The names (in listing order) of the page that a query asks for, `most` of them at most: 400 for a bad `maxresults`. */
export function pageOf(query: URLSearchParams, names: readonly string[], most = MAX_RESULTS): Page {
  const size = Math.min(most, pageSize(query.get('maxresults')));
  const marker = query.get('marker') ?? '';
  const after = marker === '' ? undefined : Buffer.from(marker, 'base64url').toString('utf8');
  const first = after === undefined ? 0 : firstAfter(names, after);
  const page = names.slice(first, first + size);
  const isLast = first + size >= names.length;
  return {
    names: page,
    nextMarker: isLast ? '' : Buffer.from(page.at(-1) ?? '', 'utf8').toString('base64url'),
    echo: ['marker', 'prefix', 'maxresults'].flatMap((name) => {
      const value = query.get(name);
      return value === null ? [] : [element(ECHO[name] ?? name, value)];
    }),
  };
}

const ECHO: Readonly<Record<string, string>> = {
  marker: 'Marker',
  prefix: 'Prefix',
  maxresults: 'MaxResults',
};

function firstAfter(names: readonly string[], after: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((names[middle] ?? '') > after) high = middle;
    else low = middle + 1;
  }
  return low;
}

function pageSize(text: string | null): number {
  if (text === null) return MAX_RESULTS;
  if (!/^-?\d+$/.test(text)) throw badQuery('InvalidQueryParameterValue', 'maxresults', text);
  if (Number(text) <= 0) throw badQuery('OutOfRangeQueryParameterValue', 'maxresults', text);
  return Math.min(MAX_RESULTS, Number(text));
}

/** 400 with the parameter's name and value. */
export function badQuery(code: string, name: string, value: string): ServiceError {
  return new ServiceError(
    400,
    code,
    code === 'OutOfRangeQueryParameterValue'
      ? 'One of the query parameters specified in the request URI is outside the permissible range.'
      : 'Value for one of the query parameters specified in the request URI is invalid.',
    {
      elements: [
        ['QueryParameterName', name],
        ['QueryParameterValue', value],
      ],
    },
  );
}

/** The service endpoint as the caller addresses it. */
export function endpointOf({ request, target }: FileCall): string {
  return `https://${header(request.headers, 'host') ?? ''}/${target.account}/`;
}
