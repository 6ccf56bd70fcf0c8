import { describe, expect, it } from 'vitest';
import { FirstPage } from '../../../src/activities/first-page.js';
import type { ListOptions } from '../../../src/storage/store.js';
import { createMemoryJob } from '../../support/memory-job.js';
import { createMemoryCloud } from '../../support/memory-store.js';
import { createStepClock } from '../../support/step-clock.js';

const signal = new AbortController().signal;
const page = { objects: [], next: 'kept' };
const seen = { container: 'data', prefix: 'a/', tags: true, page };
const asked: ListOptions = { prefix: 'a/', tags: true, signal };

function bench() {
  const clock = createStepClock();
  const cloud = createMemoryCloud({ clock });
  cloud.account('source').addContainer('data');
  cloud.account('source').addContainer('other');
  const store = (container: string) => cloud.open('source', 'source').container(container);
  return { clock, store, firstPage: new FirstPage(clock) };
}

describe('FirstPage', () => {
  it('answers the same question once', async () => {
    const { store, firstPage } = bench();
    firstPage.keep('job1', seen);
    const before = firstPage.before('job1', store('data'));
    expect(await before.list(asked)).toBe(page);
    expect(await before.list(asked)).toEqual({ objects: [] });
  });

  it.each([
    ['of another job', 'job2', 'data', asked],
    ['of another container', 'job1', 'other', asked],
    ['with another prefix', 'job1', 'data', { ...asked, prefix: 'a' }],
    ['without tags', 'job1', 'data', { prefix: 'a/', signal }],
    ['for a part of a page', 'job1', 'data', { ...asked, limit: 1 }],
  ])('leaves a question %s to the store', async (_, job, container, options) => {
    const { store, firstPage } = bench();
    firstPage.keep('job1', seen);
    expect(await firstPage.before(job, store(container)).list(options)).toEqual({ objects: [] });
  });

  it('gives out nothing that is half a minute old', async () => {
    const { clock, store, firstPage } = bench();
    firstPage.keep('job1', seen);
    await clock.sleep(30_000);
    expect(await firstPage.before('job1', store('data')).list(asked)).toEqual({ objects: [] });
  });
});

describe('a job whose process keeps the first page', () => {
  async function listsOf(mirror: boolean): Promise<{ copied: number; lists: number }> {
    const job = await createMemoryJob(mirror ? { mirror: { maxDeletes: 10, maxDeletePercent: 50 } } : {});
    for (const key of ['a', 'b', 'c']) job.cloud.account('source').put('data', key);
    Object.assign(job.services, { firstPage: new FirstPage(job.services.clock) });
    job.cloud.reset();
    await job.run();
    return { copied: job.board().totals.copied, lists: job.cloud.count('list', 'source') };
  }

  it('lists the source once', async () => {
    expect(await listsOf(false)).toEqual({ copied: 3, lists: 1 });
  });

  it('lists it again for a mirror', async () => {
    const { copied, lists } = await listsOf(true);
    expect(copied).toBe(3);
    expect(lists).toBeGreaterThanOrEqual(2);
  });
});
