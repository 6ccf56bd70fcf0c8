/** Why a URL outside the account table is not taken. Stable, for API answers. */
export type OutsideUrlErrorCode =
  | 'unsupported-scheme'
  | 'user-info-not-allowed'
  | 'port-not-allowed'
  | 'address-not-allowed'
  | 'bad-host'
  | 'host-not-allowed'
  | 'query-not-allowed'
  | 'fragment-not-allowed'
  | 'bad-characters'
  | 'encoded-dots';

/** A URL that is refused. Neither text shows a query, a fragment, a path or user info. */
export interface OutsideUrlError {
  readonly ok: false;
  readonly code: OutsideUrlErrorCode;
  readonly detail: string;
  readonly advice: string;
}

/** What the operator allows. An empty list allows nothing. */
export interface OutsideUrlRules {
  /** Hosts in lower case; `*.` in front stands for exactly one label, as `*.s3.eu-west-1.amazonaws.com`. */
  readonly allowedHosts: readonly string[];
  /** A query may hold a secret, and is refused unless the caller has a use for it. */
  readonly allowsQuery?: boolean;
}

/**
 * The one guard before a URL that is no account of the table is called: webhooks, endpoints of other clouds. https on its
 * own port, a host name that the operator has allowed, nothing that URL parsers read differently. The raw text is judged,
 * and `url` is rebuilt from it. Whoever calls it must follow no redirect, and hands it no storage token. Pure.
 */
export function readOutsideUrl(
  text: string,
  rules: OutsideUrlRules,
): { readonly ok: true; readonly url: string; readonly host: string } | OutsideUrlError {
  const [, authority = '', rest = ''] = /^https:\/\/([^/?#]*)(.*)$/s.exec(text) ?? [];
  const problem = shapeProblem(text) ?? authorityProblem(authority, rules) ?? restProblem(rest, rules);
  return problem ?? { ok: true, url: `https://${authority}${rest}`, host: authority };
}

function shapeProblem(text: string): OutsideUrlError | undefined {
  if (!text.startsWith('https://')) {
    return refuse(
      'unsupported-scheme',
      'the URL is not https',
      'write it as https://, in lower-case letters',
    );
  }
  // What is not printable ASCII is read differently by every URL parser, or looks like something else.
  return /[^\x21-\x7e]|[\\^`{|}<>"]/.test(text)
    ? refuse('bad-characters', 'the URL has a character that needs encoding', 'percent-encode it')
    : undefined;
}

function authorityProblem(authority: string, { allowedHosts }: OutsideUrlRules): OutsideUrlError | undefined {
  if (authority.includes('@')) {
    return refuse(
      'user-info-not-allowed',
      'the URL has a user name or password before its host',
      'remove it; secrets of a receiver belong in the settings of the app',
    );
  }
  if (authority.startsWith('[') || /^[\d.]+$/.test(authority) || /^0x/i.test(authority)) {
    return refuse('address-not-allowed', 'the host is an address', 'write a host name');
  }
  if (authority.includes(':')) {
    return refuse('port-not-allowed', 'the URL names a port', 'remove it; https has its own');
  }
  if (!isHostName(authority)) {
    return refuse(
      'bad-host',
      'the host is no host name in lower case',
      'write it in lower-case ASCII letters',
    );
  }
  return allowedHosts.some((allowed) => isAllowed(authority, allowed))
    ? undefined
    : refuse(
        'host-not-allowed',
        `${authority} is not an allowed host`,
        allowedHosts.length === 0
          ? 'no host is allowed; the operator adds hosts to the settings of the app'
          : `use one of ${allowedHosts.join(', ')}`,
      );
}

function restProblem(rest: string, { allowsQuery = false }: OutsideUrlRules): OutsideUrlError | undefined {
  if (rest.includes('#')) return refuse('fragment-not-allowed', 'the URL has a fragment', 'remove it');
  const [path = ''] = rest.split('?', 1);
  if (path !== rest && !allowsQuery) return refuse('query-not-allowed', 'the URL has a query', 'remove it');
  const climbs = path.split('/').some((segment) => /^\.{1,2}$/.test(segment.replace(/%2e/gi, '.')));
  return climbs
    ? refuse('encoded-dots', 'a segment of the path is made of dots', 'write the path without them')
    : undefined;
}

/** Two labels at least, none of digits alone at the end: what resolvers read as an address is none. */
function isHostName(host: string): boolean {
  const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
  return host.length <= 253 && new RegExp(`^(?:${label}\\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$`).test(host);
}

function isAllowed(host: string, allowed: string): boolean {
  if (!allowed.startsWith('*.')) return host === allowed;
  const dot = host.indexOf('.');
  return host.slice(dot + 1) === allowed.slice(2);
}

function refuse(code: OutsideUrlErrorCode, detail: string, advice: string): OutsideUrlError {
  return { ok: false, code, detail, advice };
}
