import type { Account, Location } from '../../job/account.js';
import type { DeleteGuard, Filters, JobSpec, Source } from '../../job/job-spec.js';
import { defaultDeleteGuard, objectSizes } from '../../job/limits.js';
import { checkFilters } from '../../plan/filter.js';
import { formatLocation } from '../../plan/location.js';
import { sourceOverlapsDestination } from '../../plan/overlap.js';
import { filesPartOf } from './files-part.js';
import type { JobRequest } from './job-request.js';
import type { JobRecord } from '../../record/job-record.js';
import { placesOf } from './places.js';
import { Problem } from './problem.js';

/** A request that passed every check that needs no request of ours. */
export interface CheckedJob {
  readonly kind: 'copy' | 'sync';
  readonly spec: JobSpec;
  /** For people. */
  readonly source: string;
  readonly destination: string;
  /** Names of a list source, each once, in the order given. */
  readonly keys?: readonly string[];
  /** The policy that starts it. */
  readonly policy?: JobRecord['policy'];
  /** What whoever reads the job should know from the start. */
  readonly warnings?: readonly string[];
}

const defaultMaxInFlight = 512;

/** Checks what the fields mean together and applies the defaults. Pure. Throws `Problem`. */
export function jobSpecOf(request: JobRequest, accounts: readonly Account[]): CheckedJob {
  const { source, destination, sourceText } = placesOf(request, accounts);
  const mirror = mirrorOf(request, source);
  refuseContradictions(request, source);
  const filters = filtersOf(request);
  if (sourceOverlapsDestination(source, destination)) {
    throw new Problem('source-destination-overlap', {
      detail: 'the job would read what it writes',
      field: 'destination',
      advice: 'Choose a destination outside the source, and a source outside the destination.',
    });
  }
  return {
    kind: mirror === undefined ? 'copy' : 'sync',
    source: sourceText,
    destination: textOf(destination, accounts),
    ...(request.listOfFiles === undefined ? {} : { keys: [...new Set(request.listOfFiles)] }),
    spec: {
      source,
      destination,
      ...(mirror === undefined ? {} : { mirror }),
      filters,
      ...modeOf(request),
      ...keptOf(request),
      ...replacedOf(request),
      ...sizesOf(request),
      ...filesPartOf(request, source, destination),
    },
  };
}

/** A mirror deletes within its guard by itself; with `approve` it waits for somebody who may. */
export function deletesUnasked({ spec }: Pick<CheckedJob, 'spec'>): boolean {
  return spec.mirror !== undefined && !spec.dryRun && !spec.approve;
}

/** URL of a place, for people. */
export function textOf(place: Location, accounts: readonly Account[]): string {
  const account = accounts.find(({ name }) => name === place.account);
  return account === undefined
    ? place.account
    : formatLocation(account, place.container, place.prefix, place.service);
}

type Kept = Pick<JobSpec, 'tags' | 'tier' | 'preserveProperties' | 'preserveMetadata'>;
type Replaced = Pick<JobSpec, 'properties' | 'metadata' | 'setTier'>;
type Mode = Pick<JobSpec, 'overwrite' | 'dryRun' | 'approve' | 'createContainers' | 'allowOverlap'>;

function modeOf(request: JobRequest): Mode {
  return {
    overwrite: request.overwrite ?? 'ifDifferent',
    dryRun: request.dryRun ?? false,
    approve: request.approve ?? false,
    createContainers: request.createContainers ?? false,
    allowOverlap: request.allowOverlap ?? false,
  };
}

function keptOf({ preserve = {} }: JobRequest): Kept {
  return {
    tags: preserve.tags ?? 'auto',
    tier: preserve.tier ?? 'auto',
    preserveProperties: preserve.properties ?? true,
    preserveMetadata: preserve.metadata ?? true,
  };
}

function replacedOf({ set = {} }: JobRequest): Replaced {
  return {
    ...(set.properties === undefined ? {} : { properties: defined(set.properties) }),
    ...(set.metadata === undefined ? {} : { metadata: set.metadata }),
    ...(set.tier === undefined ? {} : { setTier: set.tier }),
  };
}

function sizesOf(request: JobRequest): Pick<JobSpec, 'blockSizeBytes' | 'singleShotBytes' | 'maxInFlight'> {
  return {
    ...(request.blockSizeBytes === undefined ? {} : { blockSizeBytes: request.blockSizeBytes }),
    singleShotBytes: request.singleShotBytes ?? objectSizes.singleShotBytes,
    maxInFlight: request.maxInFlight ?? defaultMaxInFlight,
  };
}

function mirrorOf(request: JobRequest, source: Source): DeleteGuard | undefined {
  const { mirror } = request;
  if (mirror === undefined || mirror === false) return undefined;
  if (source.kind === 'list' || source.kind === 'object') {
    throw invalid(
      'mirror',
      'a mirror needs the whole listing of a folder, container or account',
      source.kind === 'list'
        ? 'Leave out listOfFiles or mirror: what is not on the list would be deleted.'
        : 'Leave out mirror, or end the source with "/" if it is a folder.',
    );
  }
  return mirror === true ? defaultDeleteGuard : { ...defaultDeleteGuard, ...defined(mirror) };
}

function refuseContradictions(request: JobRequest, source: Source): void {
  if (request.dryRun === true && request.approve === true) {
    throw invalid('approve', 'a dry run ends with its plan', 'Leave out approve or dryRun.');
  }
  for (const side of ['include', 'exclude'] as const) {
    if (request[side]?.container !== undefined && source.kind !== 'account') {
      throw invalid(
        `${side}.container`,
        'containers can be chosen only when the source is a whole account',
        'Name the container in the source URL instead.',
      );
    }
  }
}

function filtersOf(request: JobRequest): Filters {
  const filters: Filters = defined({
    include: request.include === undefined ? undefined : defined(request.include),
    exclude: request.exclude === undefined ? undefined : defined(request.exclude),
    minSizeBytes: request.minSizeBytes,
    maxSizeBytes: request.maxSizeBytes,
    modifiedAfter: request.modifiedAfter,
    modifiedBefore: request.modifiedBefore,
  });
  const [problem] = checkFilters(filters);
  if (problem === undefined) return filters;
  const entry = problem.index === undefined ? '' : `[${String(problem.index)}]`;
  const at = problem.position === undefined ? '' : ` (at character ${String(problem.position + 1)})`;
  throw new Problem('invalid-filter', {
    detail: `${problem.detail}${at}`,
    field: `${problem.field}${entry}`,
    advice: 'Correct the filter, or leave it out; nothing was started.',
  });
}

type Defined<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };

/** Without the fields that are undefined. */
function defined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Defined<T>;
}

function invalid(field: string, detail: string, advice: string): Problem {
  return new Problem('invalid-request', { field, detail, advice });
}
