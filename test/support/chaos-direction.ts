import type { JobSpec } from '../../src/job/job-spec.js';
import { basicSpec } from './memory-job.js';
import { createSeededRandom, type SeededRandom } from './seeded-random.js';

export type Service = 'blob' | 'files';

/** From which service to which. */
export interface Direction {
  readonly source: Service;
  readonly target: Service;
}

const directions: readonly Direction[] = [
  { source: 'blob', target: 'blob' },
  { source: 'blob', target: 'blob' },
  { source: 'files', target: 'blob' },
  { source: 'blob', target: 'files' },
  { source: 'files', target: 'files' },
];

/** The direction of a seed's jobs; two in five go from blobs to blobs. */
export function directionOf(seed: number): Direction {
  return createSeededRandom(seed ^ 0xd1f).pick(directions);
}

/** As it is printed: `files → blob`. */
export function nameOfDirection({ source, target }: Direction): string {
  return `${source} → ${target}`;
}

/** What of a job's spec depends on its direction. */
export function planDirection(random: SeededRandom, direction: Direction): Partial<JobSpec> {
  const { source, target } = direction;
  const { location, ...rest } = basicSpec.source;
  const side = (service: Service) => (service === 'files' ? { service } : {});
  const both = source === 'files' && target === 'files';
  return {
    source: { ...rest, location: { ...location, ...side(source) } },
    destination: { ...basicSpec.destination, ...side(target) },
    ...(source === 'files' && random.chance(0.5) ? { consistency: 'snapshot' as const } : {}),
    ...((source === 'files' || target === 'files') && random.chance(0.5) ? { emptyDirectories: true } : {}),
    ...(both ? { preserveInfo: random.chance(0.7) } : {}),
    ...(both && random.chance(0.5) ? { preservePermissions: true } : {}),
  };
}
