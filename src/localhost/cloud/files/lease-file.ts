import { randomUUID } from 'node:crypto';
import { ServiceError } from '../errors.js';
import type { FrontReply } from '../exchange.js';
import type { FileCall } from './file-call.js';
import { fileAt, headerOf, pathOf, writableShare } from './file-call.js';
import type { FileEntry } from './file-entry.js';
import { replyTo, stampHeaders } from './file-reply.js';
import type { Share } from './share.js';
import { badHeader } from './smb-properties.js';

/** Lease File: acquire, change, release, break. A file's lease has no end; a break ends it at once. */
export function leaseFile(call: FileCall): FrontReply {
  const share = writableShare(call);
  const file = fileAt(share.tree, pathOf(call));
  const action = headerOf(call, 'x-ms-lease-action')?.toLowerCase() ?? '';
  const step = ACTIONS[action];
  if (step === undefined) throw badHeader('x-ms-lease-action', action);
  const { status, leaseId } = step(call, file);
  const { lease: _former, ...rest } = file;
  const entry: FileEntry = leaseId === undefined ? rest : { ...rest, lease: { id: leaseId } };
  commit(share, entry);
  return replyTo(call, status, [
    ...stampHeaders(entry),
    ['x-ms-lease-id', action === 'break' ? undefined : leaseId],
    ['x-ms-lease-time', action === 'break' ? '0' : undefined],
  ]);
}

/** A lease is no change of the file: its ETag stays. */
function commit(share: Share, entry: FileEntry): void {
  share.commit({ op: 'put', entry });
}

interface LeaseStep {
  readonly status: number;
  /** Of the lease that there is now. */
  readonly leaseId?: string;
}

const ACTIONS: Readonly<Record<string, (call: FileCall, file: FileEntry) => LeaseStep>> = {
  acquire: (call, { lease }) => {
    const duration = headerOf(call, 'x-ms-lease-duration');
    if (duration !== '-1') throw badHeader('x-ms-lease-duration', duration ?? '');
    const leaseId = headerOf(call, 'x-ms-proposed-lease-id') ?? randomUUID();
    if (lease !== undefined && lease.id !== leaseId) {
      throw conflict('LeaseAlreadyPresent', 'There is already a lease present.');
    }
    return { status: 201, leaseId };
  },
  change: (call, file) => {
    const proposed = headerOf(call, 'x-ms-proposed-lease-id');
    if (proposed === undefined) throw badHeader('x-ms-proposed-lease-id', '');
    if (file.lease?.id !== proposed) checkHolder(call, file);
    return { status: 200, leaseId: proposed };
  },
  release: (call, file) => {
    checkHolder(call, file);
    return { status: 200 };
  },
  break: (_call, { lease }) => {
    if (lease === undefined) {
      throw conflict('LeaseNotPresentWithFileOperation', 'There is currently no lease on the file.');
    }
    return { status: 202 };
  },
};

function checkHolder(call: FileCall, { lease }: FileEntry): void {
  if (lease === undefined || headerOf(call, 'x-ms-lease-id') !== lease.id) {
    throw conflict(
      'LeaseIdMismatchWithLeaseOperation',
      'The lease ID specified did not match the lease ID for the file.',
    );
  }
}

function conflict(code: string, message: string): ServiceError {
  return new ServiceError(409, code, message);
}
