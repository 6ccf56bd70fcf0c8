import type { JobSpec } from '../job/job-spec.js';
import { laneLimits, objectSizes, segmentLimits, serviceLimits } from '../job/limits.js';
import { planBlocks, planRuns } from './block-plan.js';

/** Lanes for a short list of keys, whose sizes nobody knows yet. */
const listLanes = 8;

/** An object beyond this fails by itself, later. */
const largestBytes = serviceLimits.committedBlocks * serviceLimits.blockBytes;

/** What a first look at the source shows. */
export interface FirstLook {
  readonly objects: readonly { readonly sizeBytes: number }[];
  /** True when these are all objects that the source has. */
  readonly complete: boolean;
}

/** As many lanes as the job can keep busy, when the first page shows all of it; else the usual number. Pure. */
export function laneCount(spec: Pick<JobSpec, 'source' | 'blockSizeBytes'>, look: FirstLook): number {
  if (spec.source.kind === 'list') {
    const { entries } = spec.source;
    return entries > segmentLimits.operations
      ? laneLimits.default
      : Math.max(1, Math.min(listLanes, entries));
  }
  if (!look.complete) return laneLimits.default;
  const small = look.objects.filter((object) => object.sizeBytes <= objectSizes.largeBytes);
  const bytes = small.reduce((sum, object) => sum + object.sizeBytes, 0);
  const segments = Math.max(
    1,
    Math.ceil(small.length / segmentLimits.operations),
    Math.ceil(bytes / segmentLimits.sizeBytes),
  );
  const runs = look.objects
    .filter((object) => object.sizeBytes > objectSizes.largeBytes)
    .map(({ sizeBytes }) => Math.min(sizeBytes, largestBytes))
    .map((sizeBytes) => planRuns(planBlocks(sizeBytes, spec.blockSizeBytes), laneLimits.default).runs)
    .reduce((sum, count) => sum + count, 0);
  return Math.min(laneLimits.default, segments + runs);
}
