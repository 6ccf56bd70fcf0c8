import { describe, expect, it } from 'vitest';
import { wallClock } from '../../../src/runtime/clock.js';
import { createMemoryJob, type MemoryJob, type RunOptions } from '../../support/memory-job.js';
import { createMemoryCloud } from '../../support/memory-store.js';

type Service = 'blob' | 'files';

interface Shape {
  readonly from: Service;
  readonly to: Service;
  /** Objects in the large directory. */
  readonly many: number;
  readonly pageEntries: number;
  readonly sizeBytes: number;
}

const few = 10;
const gibibyte = 2 ** 30;
/** 64 of the size make a segment, two pages. Files are sparse, so that none takes a request for each 4 MiB. */
const bySize = { many: 320, pageEntries: 32, sizeBytes: gibibyte } as const;
/** 5,000 make a segment, two pages. */
const byNumber = { many: 5000, pageEntries: 2500, sizeBytes: 0 } as const;
const toBlob: Shape = { ...bySize, from: 'files', to: 'blob' };

function nameOf(index: number): string {
  return `many/${String(index).padStart(4, '0')}`;
}

/** Some objects, and many in one directory, so that segments would not begin where pages do. */
async function open({ from, to, many, pageEntries, sizeBytes }: Shape): Promise<MemoryJob> {
  const cloud = createMemoryCloud({ clock: wallClock });
  cloud.account('source', { service: from, pageEntries });
  cloud.account('target', { service: to });
  const place = (account: string, container: string, service: Service) => ({
    ...{ account, container, prefix: '' },
    ...(service === 'files' ? { service } : {}),
  });
  const location = place('source', 'data', from);
  const job = await createMemoryJob(
    {
      source: { kind: 'prefix', location, base: '', recursive: true },
      destination: place('target', 'copy', to),
      singleShotBytes: gibibyte,
    },
    { cloud },
  );
  const keys = Array.from({ length: many }, (_, index) => nameOf(index));
  for (let index = 0; index < few; index += 1) keys.push(`few/${String(index)}`);
  for (const key of keys) cloud.account('source').put('data', key, { content: key, sizeBytes, stored: [] });
  cloud.reset();
  return job;
}

function listsOf({ cloud }: MemoryJob, directory: string): number {
  const { length } = cloud.requests.filter(
    ({ call, account, key }) => call === 'list' && account === 'source' && key === directory,
  );
  return length;
}

function copiesOf({ cloud }: MemoryJob, key?: string): number {
  const copies = cloud.requests.filter(({ call }) => call === 'copyFrom' || call === 'createFile');
  return copies.filter((request) => (key ?? request.key) === request.key).length;
}

/** Something happens just before the first of the lists that follow the copies. */
function beforeReview(job: MemoryJob, happens: () => void): void {
  const skip = toBlob.many / toBlob.pageEntries;
  job.cloud.fault({ on: 'list', account: 'source', key: 'many/', skip, before: happens });
}

describe.each<Shape>([
  toBlob,
  { ...bySize, from: 'files', to: 'files' },
  { ...byNumber, from: 'blob', to: 'files' },
])('a directory of several segments, $from to $to', (shape) => {
  it('has each of its pages listed twice: once by the plan, once after the copies, by whichever lane', async () => {
    const job = await open(shape);
    const { many, pageEntries } = shape;
    const lanes = new Set<number>();
    const deliver: RunOptions['deliver'] = async (input, slice) => {
      const before = copiesOf(job);
      const result = await slice();
      if (input.first !== true && copiesOf(job) > before) lanes.add(input.lane);
      return result;
    };
    expect(await job.run({ deliver })).toBe('Completed');
    expect(job.board().totals).toMatchObject({ copied: few + many });
    expect(lanes.size).toBeGreaterThanOrEqual(2);
    expect(listsOf(job, 'many/')).toBe((2 * many) / pageEntries);
    expect(listsOf(job, 'few/')).toBe(2);
    // From share to share one look tells what the listing does not.
    const isShareToShare = shape.from === shape.to;
    expect(job.cloud.count('stat', 'source')).toBe(isShareToShare ? few + many : 0);
  });
});

describe('a directory of several segments', () => {
  it('has only the part of a worker that died listed again, by whoever is given it', async () => {
    const job = await open(toBlob);
    beforeReview(job, () => {
      throw new RangeError('killed');
    });
    let deaths = 0;
    const deliver: RunOptions['deliver'] = async (_, slice) => {
      try {
        return await slice();
      } catch {
        deaths += 1;
        return slice();
      }
    };
    expect(await job.run({ deliver })).toBe('Completed');
    expect(deaths).toBe(1);
    expect(job.board().totals).toMatchObject({ copied: few + toBlob.many });
    expect(listsOf(job, 'many/')).toBe((2 * toBlob.many) / toBlob.pageEntries + 1);
  });

  it('has what changed under way copied again, and nothing else, though names have moved to other pages', async () => {
    const job = await open(toBlob);
    const source = job.cloud.account('source');
    const changed = [0, 31, 32, 63, 64, 200, 319].map(nameOf);
    const vanished = [7, 177].map(nameOf);
    beforeReview(job, () => {
      for (const key of changed) source.put('data', key, { sizeBytes: 1, content: 'later' });
      for (const key of vanished) source.remove('data', key);
      for (let index = 0; index < 50; index += 1) source.put('data', `${nameOf(3)}-${String(index)}`);
    });
    expect(await job.run()).toBe('Completed');
    for (const key of changed) {
      expect(job.cloud.account('target').object('copy', key)?.content[0]?.of, key).toBe('later');
    }
    const outcomes = new Map((await job.outcomes()).map((outcome) => [outcome.key, outcome]));
    for (const [key, { outcome, reason }] of outcomes) {
      if (vanished.includes(key)) expect([outcome, reason], key).toEqual(['skipped', 'vanished']);
      else if (!changed.includes(key)) expect([outcome, copiesOf(job, key)], key).toEqual(['copied', 1]);
    }
    expect(outcomes.size).toBe(few + toBlob.many);
  });
});
