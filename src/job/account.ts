/**
 * How a store sorts the keys of its listings. Azure documents only "lexicographic"; emulators compare UTF-16 code
 * units. The two differ only between characters above U+FFFF and those from U+E000 to U+FFFF.
 */
export type KeyOrder = 'utf8' | 'utf16';

/**
 * How the service at the destination proves that it may read a copy source: by the bearer token of the identity, or by a user
 * delegation SAS of a key that the identity asks for.
 */
export type SourceAuth = 'bearer' | 'userDelegationSas';

/** One storage account that the operator has configured; nothing else is ever called. */
export interface Account {
  /** Name as users see it; unique in the table. */
  readonly name: string;
  /** Blob service endpoint without trailing slash, as `https://host[/account]`; a URL must match it exactly. */
  readonly blobEndpoint: string;
  /** Azure Files endpoint in the same form; absent: no job may touch the account's shares. */
  readonly fileEndpoint?: string;
  readonly listingOrder: KeyOrder;
  /** What copies from this account are authorised by. Absent: the token, and the SAS where a service refuses that. */
  readonly sourceAuth?: SourceAuth;
}

/** The name of the storage account with this endpoint, which is not always the one in the table. Pure. */
export function storageAccountName(endpoint: string): string {
  const [host = '', path] = endpoint.replace(/^https:\/\//, '').split('/');
  return path ?? host.split('.')[0] ?? host;
}

/** A place in a configured account. `container` is empty for the whole account; in Azure Files it is a share. */
export interface Location {
  readonly account: string;
  /** Absent: blob, as in records made before there was another. */
  readonly service?: 'files';
  readonly container: string;
  /** Key prefix, decoded UTF-8; empty for the whole container. */
  readonly prefix: string;
}
