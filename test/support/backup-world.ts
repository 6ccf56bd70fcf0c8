import type { ActivityServices } from '../../src/activities/services.js';
import type { BackupRules } from '../../src/job/backup-rules.js';
import type { JobRecord } from '../../src/record/job-record.js';
import type { ManifestRow } from '../../src/job/manifest.js';
import { type BackupPoint, listPoints } from '../../src/record/backup-points.js';
import { readManifestPage } from '../../src/record/manifest.js';
import { newBoard } from '../../src/record/board.js';
import { createJob } from '../../src/record/jobs.js';
import { writePolicy } from '../../src/record/policies.js';
import { wallClock } from '../../src/runtime/clock.js';
import { basicSpec, runJob } from './memory-job.js';
import { createMemoryCloud, type MemoryCloud } from './memory-store.js';
import type { SeededRandom } from './seeded-random.js';
import { schedulePolicy } from './schedule-policy.js';
import { createScheduleWorld, type ScheduleWorld } from './schedule-world.js';

const begin = '2026-01-01T00:00:00.000Z';
const policyName = 'hourly';

/** Hourly backups of a container in memory, made, pruned and looked after by the product's own code. */
export interface BackupWorld {
  readonly world: ScheduleWorld;
  /** Changes, adds and removes objects; some change their tags or tier alone. */
  change(random: SeededRandom): void;
  points(): Promise<readonly BackupPoint[]>;
  /** What is wrong with the points that are good: each must have what its source had when it was made. */
  faults(): Promise<readonly string[]>;
  readonly cloud: MemoryCloud;
  /** Restores a point to a container of the source's account. */
  restore(point: BackupPoint, container: string): Promise<string>;
}

/** What a container holds: content, tags and tier by name. */
type Content = ReadonlyMap<string, string>;

export async function createBackupWorld(rules: Partial<BackupRules>): Promise<BackupWorld> {
  const world = createScheduleWorld(Date.parse(begin));
  const cloud = createMemoryCloud({ clock: world.clock });
  const [source, target] = [cloud.account('source'), cloud.account('target')];
  source.addContainer('data');
  target.addContainer('copy');
  for (let index = 0; index < 12; index += 1)
    source.put('data', `begin/${String(index)}`, { tags: { round: '0' } });
  const backup: BackupRules = {
    template: '{policy}/{yyyy}{MM}{dd}{HH}{mm}',
    mode: 'incremental',
    fullEvery: 4,
    ...rules,
  };
  const schedule = { cron: '0 * * * *', overlap: 'queue', catchUp: 'all' } as const;
  await writePolicy(world.state, schedulePolicy(policyName, begin, schedule, { backup }, 'kept'), undefined);
  const services: ActivityServices = {
    // A slice that sleeps would move the world's.
    clock: wallClock,
    sliceMs: 60_000,
    sliceAbortMs: 120_000,
    openAccounts:
      (side) =>
      ({ account }) =>
        cloud.open(account, side),
    openState: () => world.state,
    log: () => undefined,
  };
  const moments = new Map<string, Content>();
  world.perform = async (record: JobRecord) => {
    if (record.spec.backup?.kind !== 'prune') moments.set(record.id, contentOf(cloud, 'source', 'data'));
    await runJob(services, record.id, 1, {});
  };
  const points = async (): Promise<readonly BackupPoint[]> =>
    (await listPoints(world.state, policyName)).map(({ point }) => point);
  let names = 0;
  let restores = 0;
  return {
    world,
    cloud,
    points,
    restore: async ({ id: point, policy, place, homes, objects = 0 }, container) => {
      source.addContainer(container);
      restores += 1;
      const id = `restore${String(restores).padStart(4, '0')}`;
      const record: JobRecord = {
        version: 1,
        id,
        kind: 'copy',
        createdAt: begin,
        requestHash: id,
        source: '',
        destination: '',
        spec: {
          ...basicSpec,
          overwrite: 'always',
          source: { kind: 'prefix', location: place, base: place.prefix, recursive: true },
          destination: { account: 'source', container, prefix: '' },
          backup: { kind: 'restore', policy, point, homes, objects },
        },
      };
      await createJob(world.state, record, { ...newBoard(id), run: 1 });
      return runJob(services, id, 1, {});
    },
    change: (random) => {
      for (const key of source.keys('data')) {
        if (random.chance(0.15)) source.remove('data', key);
        else if (random.chance(0.2)) source.put('data', key);
        else if (random.chance(0.2)) source.set('data', key, { tags: { round: String(names) } });
      }
      names += 1;
      source.put('data', `new/${String(names)}`, { tags: { round: String(names) } });
    },
    faults: async () => {
      const found: string[] = [];
      for (const point of await points()) {
        if (point.status !== 'good') continue;
        const wanted = moments.get(point.id) ?? new Map<string, string>();
        const rows = await manifestOf(world, point);
        const kept = new Map(
          rows.map((row) => [row.key, contentAt(cloud, prefixOf(point, row) + row.key)] as const),
        );
        for (const key of new Set([...wanted.keys(), ...kept.keys()])) {
          if (wanted.get(key) !== kept.get(key)) {
            found.push(`${point.dueAt} ${key}: ${String(wanted.get(key))}, not ${String(kept.get(key))}`);
          }
        }
      }
      return found;
    },
  };
}

async function manifestOf({ state }: ScheduleWorld, point: BackupPoint): Promise<readonly ManifestRow[]> {
  const rows: ManifestRow[] = [];
  for (let page = 0; ; page += 1) {
    const found = await readManifestPage(state, { policy: point.policy, point: point.id }, page);
    if (found === undefined) return rows;
    rows.push(...found);
  }
}

function prefixOf({ homes }: BackupPoint, { home }: ManifestRow): string {
  return homes.find(({ point }) => point === home)?.prefix ?? 'nowhere/';
}

function contentAt(cloud: MemoryCloud, key: string): string | undefined {
  const object = cloud.account('target').object('copy', key);
  return object === undefined ? undefined : JSON.stringify([object.content, object.tags]);
}

function contentOf(cloud: MemoryCloud, account: string, container: string): Content {
  const from = cloud.account(account);
  return new Map(
    from.keys(container).map((key) => {
      const { content, tags } = from.object(container, key) ?? {};
      return [key, JSON.stringify([content, tags])];
    }),
  );
}
