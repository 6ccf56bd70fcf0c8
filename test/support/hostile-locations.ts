/** What hostile URLs are made of. */
export interface HostileParts {
  /** Endpoint of a configured account: `https://host[:port][/account]`. */
  readonly endpoint: string;
  /** Endpoint of the app's own account, which is not configured. */
  readonly hostEndpoint: string;
  /** `host:port` of somebody who would like a token. */
  readonly listener: string;
}

/** More than 200 URLs that lead, or might lead some URL parser, away from the configured account. Each is there once. */
export function hostileLocations(parts: HostileParts): readonly string[] {
  return [...new Set([...foreign(parts), ...alike(parts), ...shapes(parts), ...ways(parts), ...own(parts)])];
}

/** Other hosts, addresses of this machine in every notation, metadata endpoints. */
function foreign({ listener }: HostileParts): readonly string[] {
  const port = listener.split(':')[1] ?? '443';
  const loopback = [
    '127.0.0.1', 'localhost', 'LOCALHOST', 'localhost.', 'localhost.localdomain', '127.1', '127.0.1',
    '2130706433', '0x7f000001', '0x7f.0.0.1', '017700000001', '0177.0.0.1', '0', '0.0.0.0', '127.0.0.2',
    '127.255.255.254', '[::1]', '[::]', '[0:0:0:0:0:0:0:1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::1%25lo]',
    '127。0。0。1', '１２７.0.0.1', '①②⑦.0.0.1', '127.0.0.1.', '127.0.0.1.nip.io',
  ]; // prettier-ignore
  const others = [
    'evil.example', 'EVIL.example', 'storage.azure.com', 'management.azure.com', 'login.microsoftonline.com',
    'vault.azure.net', 'graph.microsoft.com', '10.0.0.4', '168.63.129.16', '169.254.169.254', '169.254.130.1:42356',
    '2852039166', '0xa9fea9fe', '[fd00:ec2::254]', '[fe80::a9fe:a9fe]', 'metadata.google.internal', 's3.amazonaws.com',
    'bucket.s3.eu-west-1.amazonaws.com', 'storage.googleapis.com', 'xn--blob-core-windows-net-xyz.example',
  ]; // prettier-ignore
  return [
    ...loopback.map((host) => `https://${host}:${port}/source/data`),
    ...others.map((host) => `https://${host}/source/data`),
  ];
}

/** Look-alikes of the account's host, and the other hosts that Azure has for accounts. */
function alike({ endpoint, listener }: HostileParts): readonly string[] {
  const { host, hostname, port, pathname } = new URL(endpoint);
  const path = pathname === '/' ? '' : pathname;
  const on = (name: string): string => `https://${name}${port === '' ? '' : `:${port}`}${path}/data/x`;
  const account = hostname.split('.')[0] ?? '';
  const zones = ['blob', 'dfs', 'file', 'queue', 'table', 'web'].flatMap((service) => [
    `${account}.${service}.core.windows.net`,
    `${account}.z12.${service}.storage.azure.net`,
    `${account}-secondary.${service}.core.windows.net`,
    `${account}.privatelink.${service}.core.windows.net`,
  ]);
  const clouds = [
    'chinacloudapi.cn',
    'usgovcloudapi.net',
    'cloudapi.de',
    'windows.net.evil.example',
    'windows.com',
  ];
  const letters = [
    `${hostname}.`, `${hostname}..`, `.${hostname}`, `www.${hostname}`, `evil${hostname}`, `evil-${hostname}`,
    `${hostname}.evil.example`, `${hostname}-evil.example`, `${hostname}evil.example`, `${hostname}%2eevil.example`,
    `${hostname}%00.evil.example`, `${hostname}%0d%0a.evil.example`, `${hostname}%2f.evil.example`,
    `${hostname}%20`, `${hostname}\u00ad`, `${hostname}\u200b`, `\u200b${hostname}`, `${hostname}\u0301`,
    `${hostname}\u202e`, `${hostname}\ufeff`, hostname.replaceAll('.', '\u3002'), hostname.replaceAll('.', '\uff0e'),
    hostname.replaceAll('.', '\uff61'), hostname.replaceAll('.', '%2e'), hostname.replaceAll('.', '\u2024'),
    hostname.replaceAll('.', '-'), hostname.replaceAll('.', ''), hostname.replace('.', '..'),
    hostname.toUpperCase() === hostname ? `X${hostname}` : hostname.toUpperCase(), `xn--${hostname}`,
    encodeURIComponent(hostname).replaceAll('o', '%6F').replaceAll('0', '%30'),
    hostname.replaceAll('o', 'о').replaceAll('1', '１'), hostname.replaceAll('o', 'ο').replaceAll('0', '０'),
  ]; // prettier-ignore
  const ports = [
    ':443',
    ':80',
    ':8443',
    ':0',
    ':65536',
    ':',
    ':-1',
    ':0443',
    ':４４３',
    ':443:443',
    `:${listener}`,
  ];
  return [
    ...[...zones, ...clouds.map((cloud) => `${account}.blob.core.${cloud}`)]
      .filter((name) => name !== hostname)
      .map((name) => `https://${name}/data/x`),
    ...letters.map(on),
    ...ports.filter((text) => text !== `:${port}`).map((text) => `https://${hostname}${text}${path}/data/x`),
    `https://${listener}/${host}${path}/data/x`,
    `https://${listener}/${endpoint}/data/x`,
    `https://${host}.${listener}${path}/data/x`,
  ];
}

/** Schemes, user info, backslashes, white space, fragments and queries. */
function shapes({ endpoint, listener }: HostileParts): readonly string[] {
  const rest = endpoint.slice('https://'.length);
  const schemes = [
    'http://', 'HTTPS://', 'Https://', 'httpſ://', 'https:/', 'https:', 'https:///', 'https:////', 'https:\\\\', 'https:/\\',
    'https ://', 'https//', '//', '\\\\', '/', '', 'ftp://', 'ws://', 'wss://', 'file://', 'file:///', 'gopher://', 'dict://',
    'ldap://', 's3://', 'gs://', 'abfss://', 'azblob://', 'blob:https://', 'view-source:https://', 'url:https://',
    'javascript://', 'data:text/plain,', 'jar:https://', 'unix:', 'https%3A//', 'https://https://', '\u0000https://',
  ]; // prettier-ignore
  const users = [
    'me@', 'me:pw@', ':pw@', '@', ':@', 'me%40@', `${listener}@`, `${listener}%2f@`, `me:${listener}@`, 'me@you@',
  ]; // prettier-ignore
  const host = rest.split('/')[0] ?? '';
  return [
    ...schemes.map((scheme) => `${scheme}${rest}/data/x`),
    ...users.map((user) => `https://${user}${rest}/data/x`),
    ...['@', '\\@', '%40', '#@', '?@', ';@', '&@', '%5c@', '%2f@', '%23@', ' @', '\t@', '%09@'].map(
      (sign) => `https://${host}${sign}${listener}/data/x`,
    ),
    ...['#@', '?@', '\\@', '/\\@'].map((sign) => `https://${listener}${sign}${rest}/data/x`),
    ...['\t', '\n', '\r', '\r\n', '\u0000', '\u0085', '\u000b'].flatMap((space) => [
      `${endpoint}${space}/data/x`,
      `https://${space}${rest}/data/x`,
      `${endpoint}/da${space}ta/x`,
    ]),
    ...[' ', '\t', '\n', '\ufeff', '"', '<'].map((space) => `${space}${endpoint}/data/x`),
    `https://${host}\\${listener}/data/x`,
    `https://${host}\\.${listener}/data/x`,
    `${endpoint}\\data\\x`,
    `${endpoint}/data/x#${listener}`,
    `${endpoint}/data/x?url=https://${listener}`,
    `${endpoint}/data/x?sv=1&sig=c2VjcmV0`,
    `${endpoint}/data/x?comp=list&restype=container`,
    `${endpoint}?restype=service&comp=userdelegationkey`,
  ];
}

/** Ways out of the account through its own path. */
function ways({ endpoint, hostEndpoint, listener }: HostileParts): readonly string[] {
  const other = new URL(hostEndpoint).pathname.slice(1) || 'other';
  return [
    ...[
      '..',
      '%2e%2e',
      '.%2e',
      '%2E.',
      '.',
      '%2e',
      '..;',
      '..%2f',
      '..%5c',
      '%252e%252e',
      '..%00',
      '．．',
      '…',
    ].map((dots) => `${endpoint}/${dots}/${other}/tranship`),
    ...['data/..', 'data/../..', 'data/%2e%2e', 'data/a/../../..', 'data/../../x'].map(
      (dots) => `${endpoint}/${dots}/${other}/tranship/jobs`,
    ),
    `${endpoint}//${listener}/data`,
    `${endpoint}///${listener}/data`,
    `${endpoint}/@${listener}/data`,
    `${endpoint}/https://${listener}/data`,
    `${endpoint}%2f..%2f${other}/data`,
    `${endpoint}-evil/data/x`,
    `${endpoint}.evil/data/x`,
    `${endpoint};evil/data/x`,
    `${endpoint}%00/data/x`,
    `${endpoint}*/data/x`,
  ];
}

/** The app's own account and what lies in it. */
function own({ hostEndpoint }: HostileParts): readonly string[] {
  const containers = [
    '', '/', '/tranship', '/tranship/jobs/', '/azure-webjobs-secrets', '/azure-webjobs-hosts/locks/', '/app-package', '/$root/x',
  ]; // prettier-ignore
  return containers.map((container) => `${hostEndpoint}${container}`);
}
