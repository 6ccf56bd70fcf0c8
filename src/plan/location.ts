import type { Account } from '../job/account.js';
import { encodeKey } from '../job/encode-key.js';
import { serviceLimits } from '../job/limits.js';
import { escapeGlob, globHead } from './glob.js';

/** Why a URL is not taken. Stable, for API answers. */
export type LocationErrorCode =
  | 'unsupported-scheme'
  | 'account-not-configured'
  | 'account-ambiguous'
  | 'user-info-not-allowed'
  | 'sas-not-allowed'
  | 'query-not-allowed'
  | 'fragment-not-allowed'
  | 'bad-characters'
  | 'bad-encoding'
  | 'encoded-dots'
  | 'leaves-container'
  | 'bad-container-name'
  | 'path-too-long'
  | 'wildcard-position';

/** A URL that is refused. Neither text ever shows a query, a fragment or user info. */
export interface LocationError {
  readonly ok: false;
  readonly code: LocationErrorCode;
  readonly detail: string;
  readonly advice: string;
}

/** A place in a configured account. */
export interface ParsedLocation {
  readonly ok: true;
  /** Name of the account in the table. */
  readonly account: string;
  /** The URL has the account's Azure Files endpoint; absent: its blob endpoint. */
  readonly service?: 'files';
  /** Empty for the whole account. */
  readonly container: string;
  /** Decoded; empty for none. With a wildcard: everything before the segment that holds it. */
  readonly path: string;
  /** The last segment as a glob, when it held an unencoded `*`; every other character of it stands for itself. */
  readonly wildcard?: string;
}

/**
 * Reads a URL as a place in one of the configured accounts. The raw text is matched; nothing is resolved, so a key such
 * as `a/../b` survives. No request is ever made to the URL itself: callers rebuild it from the account's endpoint.
 */
export function parseLocation(url: string, accounts: readonly Account[]): ParsedLocation | LocationError {
  const shape = checkShape(url);
  if (shape !== undefined) {
    return shape;
  }
  const matches = endpointsOf(accounts).filter(
    ({ endpoint }) => url === endpoint || url.startsWith(`${endpoint}/`),
  );
  const [match] = matches;
  if (match === undefined) {
    return refuse(
      'account-not-configured',
      `${originOf(url)} is not a configured account`,
      known(endpointsOf(accounts)),
    );
  }
  if (matches.length > 1) {
    return refuse('account-ambiguous', 'more than one configured endpoint fits this URL', known(matches));
  }
  const { endpoint, ...place } = match;
  const rest = url.slice(endpoint.length + 1);
  const slash = rest.indexOf('/');
  const container = slash === -1 ? rest : rest.slice(0, slash);
  const rawPath = slash === -1 ? '' : rest.slice(slash + 1);
  if (container === '' && slash === -1) {
    return { ok: true, ...place, container: '', path: '' };
  }
  const problem = place.service === undefined ? checkContainer(container) : checkShare(container);
  return problem ?? parsePath({ ...place, container }, rawPath);
}

interface Endpoint {
  readonly account: string;
  readonly service?: 'files';
  readonly endpoint: string;
}

function endpointsOf(accounts: readonly Account[]): readonly Endpoint[] {
  return accounts.flatMap(({ name: account, blobEndpoint, fileEndpoint }) => [
    { account, endpoint: blobEndpoint },
    ...(fileEndpoint === undefined ? [] : [{ account, service: 'files' as const, endpoint: fileEndpoint }]),
  ]);
}

/**
 * The URL of a place, for people and for {@link parseLocation}, which reads the same place from it again. Slashes stay
 * readable unless a `.` or `..` segment would let a client resolve them away. Only the account's name where its table entry
 * has lost the service's endpoint: no URL leads there any more, and one of the other service would lead elsewhere.
 */
export function formatLocation(account: Account, container: string, path: string, service?: 'files'): string {
  const endpoint = service === undefined ? account.blobEndpoint : account.fileEndpoint;
  if (endpoint === undefined) {
    return account.name;
  }
  if (container === '') {
    return endpoint;
  }
  const segments = path.split('/');
  const dotted = segments.some((segment) => segment === '.' || segment === '..');
  const encoded = dotted ? encodeKey(path) : segments.map(encodeKey).join('/');
  return path === '' ? `${endpoint}/${container}` : `${endpoint}/${container}/${encoded}`;
}

/** True for a name that the blob service accepts for a container, its own `$` containers included. */
export function isContainerName(name: string): boolean {
  return (
    ['$root', '$web', '$logs', '$blobchangefeed'].includes(name) ||
    (name.length >= 3 && name.length <= 63 && /^[a-z0-9](?:-?[a-z0-9])*$/.test(name))
  );
}

function checkShape(url: string): LocationError | undefined {
  if (!url.startsWith('https://')) {
    const scheme = /^[A-Za-z][A-Za-z0-9+.-]*(?=:)/.exec(url)?.[0];
    const named = scheme === undefined ? 'no scheme' : `the scheme ${scheme}`;
    return refuse(
      'unsupported-scheme',
      `the URL has ${named}`,
      'write it as https://, in lower-case letters',
    );
  }
  const query = url.indexOf('?');
  const fragment = url.indexOf('#');
  if (query !== -1 && (fragment === -1 || query < fragment)) {
    return refuseQuery(url.slice(query));
  }
  if (fragment !== -1) {
    return refuse('fragment-not-allowed', 'the URL has a fragment', 'write a # in a name as %23');
  }
  if (authorityOf(url).includes('@')) {
    return refuse(
      'user-info-not-allowed',
      'the URL has a user name or password before its host',
      'remove what stands before the @, and the @; access is by identity',
    );
  }
  // Control characters and backslashes are read differently by every URL parser; unpaired surrogates have no UTF-8.
  return /[\p{Cc}\p{Cs}\\]/u.test(url)
    ? refuse(
        'bad-characters',
        'the URL has a control character, a backslash or broken text',
        String.raw`percent-encode it, \ as %5C`,
      )
    : undefined;
}

function refuseQuery(query: string): LocationError {
  return /[?&]sig=/i.test(query)
    ? refuse(
        'sas-not-allowed',
        'the URL carries a shared access signature',
        'remove everything from the ? on, and revoke the signature if others may have seen it; access is by identity',
      )
    : refuse('query-not-allowed', 'the URL has a query', 'remove it; write a ? in a name as %3F');
}

function checkContainer(container: string): LocationError | undefined {
  if (container.includes('*')) {
    return refuseWildcard();
  }
  return isContainerName(container)
    ? undefined
    : refuse(
        'bad-container-name',
        'the first part of the path is not a container name',
        'container names have 3 to 63 lower-case letters, digits and single hyphens; write $root/name for objects in the root container',
      );
}

function checkShare(share: string): LocationError | undefined {
  if (share.includes('*')) {
    return refuseWildcard();
  }
  return !share.startsWith('$') && isContainerName(share)
    ? undefined
    : refuse(
        'bad-container-name',
        'the first part of the path is not a share name',
        'share names have 3 to 63 lower-case letters, digits and single hyphens',
      );
}

type Share = Pick<ParsedLocation, 'account' | 'service' | 'container'>;

function parsePath(within: Share, rawPath: string): ParsedLocation | LocationError {
  const problem = checkSegments(rawPath.split('/'));
  if (problem !== undefined) {
    return problem;
  }
  const cut = rawPath.lastIndexOf('/') + 1;
  const folder = decode(rawPath.slice(0, cut));
  const pieces = rawPath.slice(cut).split('*').map(decode);
  if (folder === undefined || !pieces.every((piece) => piece !== undefined)) {
    return refuse(
      'bad-encoding',
      'a % in the path does not begin the encoding of a UTF-8 character',
      'write a % in a name as %25',
    );
  }
  const name = pieces.join('*');
  const most = within.service === undefined ? serviceLimits.nameCharacters : serviceLimits.filePathCharacters;
  if (folder.length + name.length > most) {
    return refuse(
      'path-too-long',
      `the path has more than ${String(most)} characters`,
      'no object can have such a name; shorten the path',
    );
  }
  if (rawPath.slice(0, cut).includes('*')) {
    return refuseWildcard();
  }
  const place = { ok: true, ...within } as const;
  return pieces.length === 1 ? { ...place, path: folder + name } : splitWildcard(place, folder, pieces);
}

/** The last segment may still hold encoded slashes: what stands before the last of them is path, not wildcard. */
function splitWildcard(
  place: Share & Pick<ParsedLocation, 'ok'>,
  folder: string,
  pieces: readonly string[],
): ParsedLocation | LocationError {
  const glob = pieces.map(escapeGlob).join('*');
  const cut = glob.lastIndexOf('/') + 1;
  const head = globHead(glob.slice(0, cut));
  return escapeGlob(head).length < cut
    ? refuseWildcard()
    : { ...place, path: folder + head, wildcard: glob.slice(cut) };
}

/** Refuses paths that a URL parser would resolve to something outside the container, or differently from their text. */
function checkSegments(segments: readonly string[]): LocationError | undefined {
  let depth = 0;
  for (const segment of segments) {
    const plain = segment.replace(/%2e/gi, '.');
    const isDots = plain === '.' || plain === '..';
    if (isDots && plain !== segment) {
      return refuse(
        'encoded-dots',
        'a segment of the path is made of encoded dots',
        'if a name really has such a segment, encode the slashes around it as %2F and write the dots plainly',
      );
    }
    depth += plain === '..' ? -1 : Number(!isDots);
    if (depth < 0) {
      return refuse(
        'leaves-container',
        'the path climbs out of its container',
        'name the other container directly; if a name really begins with ../, write its slashes as %2F',
      );
    }
  }
  return undefined;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function authorityOf(url: string): string {
  return url.slice('https://'.length).split('/', 1).join('');
}

function originOf(url: string): string {
  return `https://${authorityOf(url)}`;
}

function known(endpoints: readonly Endpoint[]): string {
  const shown = endpoints.map(({ account, endpoint }) => `${account} (${endpoint})`);
  const word = endpoints.some(({ service }) => service === 'files') ? 'an endpoint' : 'the blob endpoint';
  return shown.length === 0
    ? 'no account is configured; the operator adds accounts to the deployment'
    : `use ${word} of a configured account, written exactly so: ${shown.join(', ')}`;
}

function refuseWildcard(): LocationError {
  return refuse(
    'wildcard-position',
    'a * stands before the last segment of the path',
    'a wildcard may only stand in the last segment, after the container; write a * in a name as %2A',
  );
}

function refuse(code: LocationErrorCode, detail: string, advice: string): LocationError {
  return { ok: false, code, detail, advice };
}
