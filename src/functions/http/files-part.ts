import type { Location } from '../../job/account.js';
import type { JobSpec, Source } from '../../job/job-spec.js';
import type { JobRequest } from './job-request.js';
import { Problem } from './problem.js';

type FilesPart = Pick<
  JobSpec,
  'preserveInfo' | 'preservePermissions' | 'escapeNames' | 'emptyDirectories' | 'consistency'
>;

/** What of a job concerns Azure Files; nothing when neither side is. Throws `Problem` for what no side can do. */
export function filesPartOf(request: JobRequest, source: Source, destination: Location): FilesPart {
  const from = source.location.service === 'files';
  const to = destination.service === 'files';
  const both = from && to;
  const { preserve = {}, escapeNames, emptyDirectories = both, consistency } = request;
  refuseVain(request, from, to);
  if (from) refuseUntold(request, source);
  return {
    ...(both ? { preserveInfo: preserve.info ?? true } : {}),
    ...(preserve.permissions === true ? { preservePermissions: true } : {}),
    ...(escapeNames === true ? { escapeNames } : {}),
    ...(emptyDirectories ? { emptyDirectories } : {}),
    ...(consistency === undefined ? {} : { consistency }),
  };
}

function refuseVain(
  { preserve = {}, set = {}, escapeNames, emptyDirectories, consistency }: JobRequest,
  from: boolean,
  to: boolean,
): void {
  const both = from && to;
  const asked = [
    ['preserve.info', preserve.info, both, 'attributes and times are kept from a share to a share'],
    ['preserve.permissions', preserve.permissions, both, 'permissions are kept from a share to a share'],
    ['escapeNames', escapeNames, to && !from, 'names are escaped from the Blob service to Azure Files'],
    ['emptyDirectories', emptyDirectories, from || to, 'the Blob service has no directories to keep'],
    ['set.tier', set.tier !== undefined, !to, 'Azure Files has no access tiers of files'],
    ['consistency', consistency !== undefined, from, 'snapshots are taken of shares'],
  ] as const;
  const vain = asked.find(([, wanted, possible]) => wanted === true && !possible);
  if (vain !== undefined) {
    const [field, , , detail] = vain;
    throw new Problem('invalid-request', { field, detail, advice: `Leave out ${field}.` });
  }
}

/** A filter that no file could ever meet, or that none is kept out by, would copy something else than was meant. */
function refuseUntold(request: JobRequest, source: Source): void {
  const isListed = source.kind === 'prefix' || source.kind === 'account';
  for (const side of ['include', 'exclude'] as const) {
    const { tags, tier, metadata } = request[side] ?? {};
    const untold = [
      ['tags', tags, 'Azure Files has no index tags'],
      ['tier', tier, 'Azure Files has no access tiers of files'],
      ['metadata', isListed ? metadata : undefined, 'no listing of a share tells the metadata of its files'],
    ] as const;
    const found = untold.find(([, wanted]) => wanted !== undefined);
    if (found !== undefined) {
      const [name, , detail] = found;
      throw new Problem('invalid-filter', {
        field: `${side}.${name}`,
        detail,
        advice: 'Leave the filter out; choose by name, size or time instead.',
      });
    }
  }
}
