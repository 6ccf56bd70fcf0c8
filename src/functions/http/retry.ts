import type { JobSpec } from '../../job/job-spec.js';
import { isTerminal } from '../../job/status.js';
import { maxStoredKeys } from '../../record/key-list.js';
import type { JobRecord } from '../../record/job-record.js';
import { readPairs } from '../../record/pairs.js';
import { nonSuccesses, readReport } from '../../report/report-page.js';
import type { HttpServices } from '../services.js';
import type { FoundJob } from './job-of-request.js';
import type { CheckedJob } from './job-spec-of.js';
import { textOf } from './job-spec-of.js';
import { Problem } from './problem.js';

const pageLines = 5000;
const unlisted =
  'the job that is retried ended before it had listed everything; names that it never saw are no part of this one';

/**
 * The job that tries again what another did not copy: the same spec over these names alone, planned anew, without
 * mirror. Throws `Problem`: `invalid-transition` while the first job runs, `nothing-to-retry`, `retry-not-possible`.
 */
export async function retryOf(services: HttpServices, found: FoundJob): Promise<CheckedJob> {
  const { record, board } = found;
  if (!isTerminal(board.status)) {
    throw new Problem('invalid-transition', {
      detail: `the job is ${board.status}`,
      advice: 'Wait until the job has ended, or cancel it; then retry it.',
    });
  }
  if (record.spec.dryRun) throw nothing('a dry run copies nothing', 'Start the job without dryRun.');
  refuseBackup(record);
  const failed = await failedNames(services, found);
  const { mirror: _mirror, ...rest } = record.spec;
  const spec: JobSpec = { ...rest, retryOf: record.id };
  if (spec.source.kind === 'object') return jobOf(services, record, spec);
  const places = await placesOf(services, record, failed);
  const [container = ''] = failed.keys();
  const keys = failed.get(container) ?? [];
  const location = { ...spec.source.location, container, prefix: places.sourceBase };
  const destination = {
    ...spec.destination,
    container: places.destinationContainer,
    prefix: places.destinationBase,
  };
  return {
    ...jobOf(services, record, {
      ...spec,
      source: { kind: 'list', location, entries: keys.length },
      destination,
    }),
    keys,
    ...(board.groups.every((group) => group.listed) ? {} : { warnings: [unlisted] }),
  };
}

/** Relative names by source container, each once. */
async function failedNames(
  services: HttpServices,
  { record, board }: FoundJob,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const names = new Map<string, string[]>();
  let total = 0;
  let token: string | undefined;
  do {
    const page = await readReport(
      services.state,
      { record, board },
      {
        outcomes: nonSuccesses,
        copiesOnly: true,
        maxLines: pageLines,
        ...(token === undefined ? {} : { token }),
      },
    );
    for (const { key, source = '' } of page.lines) {
      const container = source.slice(0, source.indexOf('/'));
      const known = names.get(container);
      if (known === undefined) names.set(container, [key]);
      else known.push(key);
    }
    total += page.lines.length;
    if (total > maxStoredKeys) {
      throw notPossible(`more than ${String(maxStoredKeys)} objects were not copied`);
    }
    token = page.next;
  } while (token !== undefined);
  if (total === 0) {
    throw nothing('every object that was planned was copied or skipped', 'Start a new job to compare again.');
  }
  return names;
}

async function placesOf(
  services: HttpServices,
  record: JobRecord,
  failed: ReadonlyMap<string, unknown>,
): Promise<{
  readonly sourceBase: string;
  readonly destinationContainer: string;
  readonly destinationBase: string;
}> {
  if (failed.size > 1) throw notPossible('the objects lie in more than one container');
  const [container] = failed.keys();
  const pairs = await readPairs(services.state, record.id);
  const pair = pairs?.pairs.find(({ sourceContainer }) => sourceContainer === container);
  if (pair === undefined) throw new Error('a report names a container that the job does not have');
  return pair;
}

function jobOf(services: HttpServices, record: JobRecord, spec: JobSpec): CheckedJob {
  return {
    kind: 'copy',
    spec,
    source: spec.source.kind === 'list' ? textOf(spec.source.location, services.accounts) : record.source,
    destination: textOf(spec.destination, services.accounts),
  };
}

/**
 * A name alone says neither in which folder of an incremental backup its object lies, so that an older version could be
 * restored, nor does what is copied later become part of the backup.
 */
function refuseBackup({ spec: { backup } }: JobRecord): void {
  if (backup?.kind === 'restore') {
    throw notPossible('the objects of an incremental backup are found by its manifest, not by their names', {
      advice: 'Restore the same point again, narrowed by include.path to what failed if you like.',
    });
  }
  if (backup?.kind === 'incremental') {
    throw notPossible('what is copied later is no part of the backup', {
      advice: 'Run the policy: its next backup is compared with the last good one.',
    });
  }
}

function nothing(detail: string, advice: string): Problem {
  return new Problem('nothing-to-retry', { detail, advice });
}

function notPossible(
  detail: string,
  { advice } = { advice: 'Start the first job again as a new one: what is equal already is skipped.' },
): Problem {
  return new Problem('retry-not-possible', { detail, advice });
}
