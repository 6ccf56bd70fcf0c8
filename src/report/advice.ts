import type { NotAttemptedReason, OutcomeReason } from '../job/outcome.js';
import type { CopyErrorCode } from '../job/copy-error.js';

const retryJob = 'retry the job: it copies only what is not there yet';
const sentences: Readonly<Record<CopyErrorCode | NotAttemptedReason, string>> = {
  throttled: `The service kept asking to slow down; lower maxInFlight, or ${retryJob}.`,
  'server-error': `The service failed repeatedly; ${retryJob}.`,
  timeout: `The request took too long, repeatedly; ${retryJob}, for large objects with a smaller blockSizeBytes.`,
  network: `The service could not be reached; check name resolution, firewall and private endpoints of the app, then ${retryJob}.`,
  'source-unauthenticated':
    'The source does not accept our identity; check that the account is in the same Entra tenant as the app, and that its clock and endpoint are right.',
  'source-role-missing':
    'Give the identity of the app the role "Storage Blob Data Reader" on the source, or "Storage File Data Privileged Reader" for Azure Files, wait some minutes for it to take effect, and retry the job.',
  'source-forbidden':
    "The source's firewall or policy refuses the copy; allow the destination's network or trusted services at the source account.",
  'source-delegation-refused':
    'The destination does not take the token of the app for this source, and the source gives the app no user delegation key: give its identity the role "Storage Blob Delegator" on the source account, or "Storage File Delegator" for Azure Files, wait some minutes for it to take effect, and retry the job.',
  'destination-unauthenticated':
    'The destination does not accept our identity; check that the account is in the same Entra tenant as the app.',
  'destination-role-missing':
    'Give the identity of the app the role "Storage Blob Data Contributor" on the destination, or "Storage File Data Privileged Contributor" for Azure Files, wait some minutes for it to take effect, and retry the job.',
  'destination-forbidden':
    "The destination's firewall, allowed copy scope or policy refuses the write; allow the app's network and the source account there.",
  'source-container-not-found':
    'The source container or share is not there; check its name in the source URL.',
  'source-not-found':
    'The object was named or listed and is not there; nothing is to be done unless somebody deleted it by mistake. A folder is named with a "/" at its end, or with --recursive. Of a backup: restore it from another point.',
  'source-changed': 'The object was changed while it was copied; retry the job when its writer is done.',
  'source-archived': 'The object is archived; rehydrate it to hot, cool or cold, and retry the job.',
  'source-type-unsupported':
    'Append and page blobs are not copied yet; copy this one with another tool, or exclude its type by exclude.blobType.',
  'destination-container-not-found':
    'Create the destination container or share, or start the job with createContainers (--create-containers).',
  'destination-exists':
    'Something was written there after the plan was made; look at it, and retry the job to compare again.',
  'destination-changed':
    'The destination was changed after the plan was made; look at it, and retry the job to compare again.',
  'destination-leased':
    "Somebody holds a lease on the destination's object; break or end it, and retry the job.",
  'destination-immutable':
    'An immutability policy or legal hold protects the destination; choose another one, or wait until the hold ends.',
  'destination-archived':
    'The destination holds an archived object that cannot be overwritten so; delete or rehydrate it, and retry the job.',
  'destination-busy':
    'The destination is being copied to, rehydrated or deleted; wait until that ends, and retry the job.',
  'name-not-addressable':
    'HTTP cannot carry this name; rename the object at the source, for example without a path segment made of dots.',
  'destination-read-only':
    'The file at the destination has the ReadOnly attribute: take it off, or leave the file out of the job, and retry.',
  'name-not-allowed':
    'The destination does not take this name: rename the object at the source, or, at a share, ask for escapeNames (--escape-names), which writes it percent-encoded; what is too long or too deep stays so.',
  'directory-too-large':
    'One directory has more entries than a plan can sort; copy its parts by jobs of their own, with a wildcard or a list of files.',
  unsupported:
    'The service has no operation for this; see what the documentation says about this pair of services.',
  'copy-source-too-long':
    "The object's URL is longer than the 2 KiB that the service takes as a copy source; shorten its name at the source.",
  'too-large':
    'The object does not fit into 50,000 blocks: start the job with a larger blockSizeBytes, at most 4,000 MiB. No file in a share is larger than 4 TiB.',
  'checksum-mismatch':
    'The copied content differs from what was read; retry the job, and report it if it happens again.',
  'invalid-block-list':
    'Staged blocks vanished before they were committed; make sure that nobody else writes this object, and retry the job.',
  'tags-not-permitted':
    'The identity may not read or write blob tags; give it "Storage Blob Data Owner", or start the job with preserve.tags "off".',
  'bad-request':
    'The service refused the request itself; see its code and message, and report them with the request id.',
  aborted: `The work was stopped in between; ${retryJob}.`,
  'listing-order':
    "The listing was not in the order that the account's entry in the table declares; correct listingOrder in the app's settings.",
  'state-conflict': `The job's records were changed by too many at once; ${retryJob}.`,
  unexpected: 'This should not happen; report it with the request id and the log of the app.',
  cancelled: `The job was cancelled before this object's turn; ${retryJob}.`,
  'job-failed': `The job ended before this object's turn; mend its cause, then ${retryJob}.`,
  'delete-not-opened':
    'Extras are deleted only when every listing and every copy succeeded; mend the failures, and start the job again.',
  'dry-run': 'This was a dry run; start the job without dryRun to do it.',
};

/** What to do about an outcome with this reason: one sentence, or undefined when there is nothing to do. */
export function adviceFor(reason: OutcomeReason): string | undefined {
  return Object.hasOwn(sentences, reason) ? sentences[reason as keyof typeof sentences] : undefined;
}
