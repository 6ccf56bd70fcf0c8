import { z } from 'zod';
import { ServiceError } from '../errors.js';
import type { FrontReply } from '../exchange.js';
import type { FileCall } from './file-call.js';
import { bodyOf, headerOf, requestedMetadata, shareOf, viewOf, writableShare } from './file-call.js';
import { checkShareName } from './file-names.js';
import { metadataHeaders, replyTo, stampHeaders, xmlReply } from './file-reply.js';
import { badXml, readXml } from './service-operations.js';
import { addPermission } from './permissions.js';
import type { AccessPolicy } from './share-change.js';
import { badHeader } from './smb-properties.js';
import { element } from './xml.js';

const DEFAULT_QUOTA_GIB = 5120;
const MAX_QUOTA_GIB = 102_400;
const MAX_BODY_BYTES = 64 * 1024;
const TIERS = ['TransactionOptimized', 'Hot', 'Cool', 'Premium'] as const;

export function createShare(call: FileCall): FrontReply {
  const { account, container = '' } = call.target;
  checkShareName(container);
  const share = call.shares.create(account, container, {
    quotaGiB: quotaOf(call) ?? DEFAULT_QUOTA_GIB,
    accessTier: tierOf(call) ?? 'TransactionOptimized',
    metadata: requestedMetadata(call),
    policies: {},
  });
  return replyTo(call, 201, stampHeaders(share.properties));
}

function quotaOf(call: FileCall): number | undefined {
  const text = headerOf(call, 'x-ms-share-quota');
  if (text === undefined) return undefined;
  const quota = Number(text);
  if (!Number.isInteger(quota) || quota < 1 || quota > MAX_QUOTA_GIB)
    throw badHeader('x-ms-share-quota', text);
  return quota;
}

function tierOf(call: FileCall): string | undefined {
  const text = headerOf(call, 'x-ms-access-tier');
  if (text === undefined) return undefined;
  const tier = TIERS.find((name) => name.toLowerCase() === text.toLowerCase());
  if (tier === undefined) throw badHeader('x-ms-access-tier', text);
  return tier;
}

export function getShareProperties(call: FileCall): FrontReply {
  const { properties } = viewOf(call);
  return replyTo(call, 200, [
    ...stampHeaders(properties),
    ['x-ms-share-quota', String(properties.quotaGiB)],
    ['x-ms-access-tier', properties.accessTier],
    ['x-ms-enabled-protocols', 'SMB'],
    ['x-ms-lease-status', 'unlocked'],
    ['x-ms-lease-state', 'available'],
    ['x-ms-has-immutability-policy', undefined],
    ...metadataHeaders(properties.metadata),
  ]);
}

/** Deletes the share, or one snapshot of it. 409 ShareHasSnapshots unless the request includes them. */
export function deleteShare(call: FileCall): FrontReply {
  const share = shareOf(call);
  const time = call.target.query.get('sharesnapshot');
  if (time !== null) {
    viewOf(call);
    share.dropSnapshot(time);
    return replyTo(call, 202, []);
  }
  if (share.snapshots.length > 0 && headerOf(call, 'x-ms-delete-snapshots') === undefined) {
    throw new ServiceError(
      409,
      'ShareHasSnapshots',
      'The share has snapshots and the operation requires no snapshots.',
    );
  }
  call.shares.remove(call.target.account, share);
  return replyTo(call, 202, []);
}

export function setShareProperties(call: FileCall): FrontReply {
  const share = writableShare(call);
  const quotaGiB = quotaOf(call);
  const accessTier = tierOf(call);
  share.setProperties({
    ...(quotaGiB === undefined ? {} : { quotaGiB }),
    ...(accessTier === undefined ? {} : { accessTier }),
  });
  return replyTo(call, 200, stampHeaders(share.properties));
}

export function setShareMetadata(call: FileCall): FrontReply {
  const share = writableShare(call);
  share.setProperties({ metadata: requestedMetadata(call) });
  return replyTo(call, 200, stampHeaders(share.properties));
}

export function getShareStats(call: FileCall): FrontReply {
  const share = shareOf(call);
  const root = element('ShareStats', [element('ShareUsageBytes', share.usedBytes())]);
  return xmlReply(call, root, stampHeaders(share.properties));
}

/** Snapshot Share, with metadata of its own when the request has some. */
export function snapshotShare(call: FileCall): FrontReply {
  const share = writableShare(call);
  const { time, properties } = share.takeSnapshot(requestedMetadata(call));
  return replyTo(call, 201, [['x-ms-snapshot', time], ...stampHeaders(properties)]);
}

const policySchema = z.object({
  Id: z.string().min(1).max(64),
  AccessPolicy: z
    .union([
      z.object({
        Start: z.string().optional(),
        Expiry: z.string().optional(),
        Permission: z.string().optional(),
      }),
      z.literal(''),
    ])
    .optional(),
});
const policiesSchema = z.object({
  SignedIdentifiers: z.union([z.object({ SignedIdentifier: z.array(policySchema).max(5) }), z.literal('')]),
});

/** Set Share ACL: replaces the stored access policies. */
export async function setShareAcl(call: FileCall): Promise<FrontReply> {
  const body = (await bodyOf(call, MAX_BODY_BYTES)).toString('utf8');
  const share = writableShare(call);
  share.setProperties({ policies: body === '' ? {} : readPolicies(body) });
  return replyTo(call, 200, stampHeaders(share.properties));
}

function readPolicies(body: string): Record<string, AccessPolicy> {
  const parsed = policiesSchema.safeParse(readXml(body));
  if (!parsed.success) throw badXml();
  const { SignedIdentifiers: list } = parsed.data;
  const policies: Record<string, AccessPolicy> = {};
  for (const { Id, AccessPolicy: policy } of list === '' ? [] : list.SignedIdentifier) {
    const { Start = '', Expiry = '', Permission = '' } = policy === '' || policy === undefined ? {} : policy;
    policies[Id] = { start: Start, expiry: Expiry, permission: Permission };
  }
  return policies;
}

export function getShareAcl(call: FileCall): FrontReply {
  const { properties } = shareOf(call);
  const identifiers = Object.entries(properties.policies).map(([id, policy]) =>
    element('SignedIdentifier', [
      element('Id', id),
      element('AccessPolicy', [
        ...(policy.start === '' ? [] : [element('Start', policy.start)]),
        ...(policy.expiry === '' ? [] : [element('Expiry', policy.expiry)]),
        ...(policy.permission === '' ? [] : [element('Permission', policy.permission)]),
      ]),
    ]),
  );
  return xmlReply(call, element('SignedIdentifiers', identifiers), stampHeaders(properties));
}

const permissionSchema = z.object({ permission: z.string(), format: z.string().optional() });

/** Create Permission: the key under which entries of this share can have it. */
export async function createPermission(call: FileCall): Promise<FrontReply> {
  const share = writableShare(call);
  const body = (await bodyOf(call, MAX_BODY_BYTES)).toString('utf8');
  const parsed = permissionSchema.safeParse(readJson(body));
  if (!parsed.success) {
    throw new ServiceError(400, 'InvalidInput', 'One of the request inputs is not valid.');
  }
  const key = addPermission(share, parsed.data.permission, parsed.data.format ?? 'sddl');
  return replyTo(call, 201, [['x-ms-file-permission-key', key]]);
}

function readJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Get Permission: 404 FilePermissionNotFound. */
export function getPermission(call: FileCall): FrontReply {
  const share = shareOf(call);
  const key = headerOf(call, 'x-ms-file-permission-key') ?? '';
  const permission = share.permission(key);
  if (permission === undefined) {
    throw new ServiceError(404, 'FilePermissionNotFound', 'The specified file permission does not exist.');
  }
  const asked = headerOf(call, 'x-ms-file-permission-format')?.toLowerCase() ?? 'sddl';
  if (asked !== permission.format) {
    throw new ServiceError(
      501,
      'NotImplemented',
      'This emulator keeps a permission in the format it was given in.',
    );
  }
  const body = Buffer.from(JSON.stringify({ permission: permission.text, format: permission.format }));
  const headers = [
    ['Content-Type', 'application/json'],
    ['Content-Length', String(body.length)],
  ] as const;
  return replyTo(call, 200, headers, body);
}
