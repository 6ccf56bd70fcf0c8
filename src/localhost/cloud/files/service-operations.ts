import { ServiceError } from '../errors.js';
import type { FrontReply } from '../exchange.js';
import { delegationKey } from './delegation-key.js';
import type { FileCall } from './file-call.js';
import { bodyOf, headerOf } from './file-call.js';
import type { Metadata } from './file-entry.js';
import { xmlReply } from './file-reply.js';
import { endpointOf, pageOf } from './paging.js';
import type { ShareProperties } from './share-change.js';
import type { Share } from './share.js';
import type { XmlNode } from './xml.js';
import { element, parseXml } from './xml.js';

const MAX_KEY_DAYS_MS = 7 * 86_400_000;
const MAX_BODY_BYTES = 64 * 1024;

/** List Shares, in the order of their names; snapshots before the share they are of. */
export function listShares(call: FileCall): FrontReply {
  const { target, shares } = call;
  const include = (target.query.get('include') ?? '').toLowerCase().split(',');
  const prefix = target.query.get('prefix') ?? '';
  const all = shares.list(target.account).filter(({ name }) => name.startsWith(prefix));
  const page = pageOf(
    target.query,
    all.map(({ name }) => name),
  );
  const listed = page.names.flatMap((name) => {
    const share = shares.find(target.account, name);
    return share === undefined ? [] : shareElements(share, include);
  });
  const root = element(
    'EnumerationResults',
    [...page.echo, element('Shares', listed), element('NextMarker', page.nextMarker)],
    { ServiceEndpoint: endpointOf(call) },
  );
  return xmlReply(call, root);
}

function shareElements(share: Share, include: readonly string[]): XmlNode[] {
  const snapshots = include.includes('snapshots') ? share.snapshots : [];
  const withMetadata = include.includes('metadata');
  return [
    ...snapshots.map(({ time, properties }) => shareElement(share.name, properties, withMetadata, time)),
    shareElement(share.name, share.properties, withMetadata),
  ];
}

function shareElement(
  name: string,
  properties: ShareProperties,
  withMetadata: boolean,
  snapshot?: string,
): XmlNode {
  return element('Share', [
    element('Name', name),
    ...(snapshot === undefined ? [] : [element('Snapshot', snapshot)]),
    element('Properties', [
      element('Last-Modified', new Date(properties.lastModifiedMs).toUTCString()),
      element('Etag', properties.etag),
      element('Quota', properties.quotaGiB),
      element('AccessTier', properties.accessTier),
      element('LeaseStatus', 'unlocked'),
      element('LeaseState', 'available'),
      element('EnabledProtocols', 'SMB'),
    ]),
    ...(withMetadata ? [metadataElement(properties.metadata)] : []),
  ]);
}

function metadataElement(metadata: Metadata): XmlNode {
  return element(
    'Metadata',
    metadata.map(([name, value]) => element(name, value)),
  );
}

/** Get File Service Properties: what a new account has. */
export function getServiceProperties(call: FileCall): FrontReply {
  const metrics = (name: string): XmlNode =>
    element(name, [
      element('Version', '1.0'),
      element('Enabled', 'false'),
      element('RetentionPolicy', [element('Enabled', 'false')]),
    ]);
  return xmlReply(
    call,
    element('StorageServiceProperties', [metrics('HourMetrics'), metrics('MinuteMetrics'), element('Cors')]),
  );
}

/** Get User Delegation Key, for the caller's token, of at most seven days. */
export async function getUserDelegationKey(call: FileCall): Promise<FrontReply> {
  const { caller, secret } = call;
  if (caller.kind !== 'bearer') {
    throw new ServiceError(
      403,
      'AuthenticationFailed',
      'Only authentication scheme Bearer is supported for this operation.',
    );
  }
  const { start, expiry } = readKeyInfo((await bodyOf(call, MAX_BODY_BYTES)).toString('utf8'));
  const { oid, tid } = caller.claims;
  const version = headerOf(call, 'x-ms-version') ?? '2026-04-06';
  const facts = { oid, tid, start, expiry, service: 'f', version };
  const root = element('UserDelegationKey', [
    element('SignedOid', oid),
    element('SignedTid', tid),
    element('SignedStart', start),
    element('SignedExpiry', expiry),
    element('SignedService', 'f'),
    element('SignedVersion', version),
    element('Value', delegationKey(secret, facts)),
  ]);
  return xmlReply(call, root);
}

function readKeyInfo(body: string): { readonly start: string; readonly expiry: string } {
  const document = readXml(body) as {
    readonly KeyInfo?: { readonly Start?: string; readonly Expiry?: string };
  };
  const { Start = '', Expiry = '' } = document.KeyInfo ?? {};
  const start = Start === '' ? Date.now() : Date.parse(Start);
  const expiry = Date.parse(Expiry);
  if (!(start < expiry) || expiry > Date.now() + MAX_KEY_DAYS_MS + 60_000) throw badXml();
  const text = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
  return { start: text(start), expiry: text(expiry) };
}

/** A body as objects: 400 InvalidXmlDocument. */
export function readXml(body: string): unknown {
  try {
    return parseXml(body);
  } catch {
    throw badXml();
  }
}

export function badXml(): ServiceError {
  return new ServiceError(400, 'InvalidXmlDocument', 'XML specified is not syntactically valid.');
}
