/** Suffixes of Azure's storage hosts, in all its clouds; DNS-zone accounts have a `zNN` before theirs. */
const storageHost =
  /^([a-z0-9]{3,24})(-secondary)?(?:\.z\d{1,3}\.(blob|file|queue)\.storage\.azure\.net|\.(blob|file|queue)\.core\.(?:windows\.net|chinacloudapi\.cn|usgovcloudapi\.net|sovcloud-api\.(?:fr|de|sg)))$/;

/** The word that stands for a service in a host of Azure Storage. */
export type EndpointWord = 'blob' | 'file' | 'queue';

/** Name and service in a host of Azure Storage, without `-secondary`; undefined for any other host. */
function accountOf(host: string): { readonly name: string; readonly word: string | undefined } | undefined {
  const [, name, , zoned, plain] = storageHost.exec(host) ?? [];
  return name === undefined ? undefined : { name, word: zoned ?? plain };
}

/**
 * The endpoint of one service of an account without trailing slash, or undefined when it is none. The source of a copy is handed a
 * storage token, so a host that is not Azure's would keep it: https, a storage host of Azure, nothing behind it. With
 * `localCloud` a loopback host with port and account path, too.
 */
export function readEndpoint(
  text: string,
  localCloud: boolean,
  word: EndpointWord = 'blob',
): string | undefined {
  const endpoint = text.replace(/\/$/, '');
  if (!endpoint.startsWith('https://')) return undefined;
  if (accountOf(endpoint.slice('https://'.length))?.word === word) return endpoint;
  const loopback = /^https:\/\/(?:127\.0\.0\.1|localhost)(?::\d{1,5})?(?:\/[a-z0-9-]+)?$/;
  return localCloud && loopback.test(endpoint) ? endpoint : undefined;
}

/** True when both endpoints lead to one account: names are unique in a cloud, and one account has several hosts. */
export function isSameAccount(one: string, other: string): boolean {
  const [first, second] = [one, other].map((endpoint) => {
    const url = new URL(endpoint);
    const path = url.pathname.replace(/^\//, '');
    return (
      accountOf(url.hostname)?.name ?? `${url.hostname.replace('localhost', '127.0.0.1')}:${url.port}/${path}`
    );
  });
  return first === second;
}
