import { describe, expect, it } from 'vitest';
import { createSlice } from '../../../src/activities/slice.js';
import type { ActivityServices } from '../../../src/activities/services.js';
import type { ContainerStore } from '../../../src/storage/store.js';
import { gate } from '../../support/gate.js';
import { createMemoryJob, type MemoryJob, type RunOptions } from '../../support/memory-job.js';

const old = '2020-01-01T00:00:00.000Z';

/** Every slice goes to two workers at the same time. */
const twice: RunOptions = {
  deliver: async (_, slice) => {
    const [first] = await Promise.all([slice(), slice()]);
    return first;
  },
};

function mirrorOf(extras: number): Promise<MemoryJob> {
  return createMemoryJob({ mirror: { maxDeletes: 1000, maxDeletePercent: 100 } }).then((job) => {
    job.cloud.account('source').put('data', 'kept');
    for (let index = 0; index < extras; index += 1)
      job.cloud.account('target').put('copy', `extra${String(index)}`, { lastModified: old });
    return job;
  });
}

async function reasonsOf(job: MemoryJob, outcome: string): Promise<readonly string[]> {
  const all = await job.outcomes();
  return [...new Set(all.filter((each) => each.outcome === outcome).map(({ reason }) => reason))];
}

/** A worker whose deletes wait: before they reach the service, and before their answers come back. */
function slowDeletes(
  services: ActivityServices,
  wait: { readonly before?: () => Promise<unknown>; readonly after?: () => Promise<unknown> },
): ActivityServices {
  const slow = (store: ContainerStore): ContainerStore => ({
    ...store,
    delete: async (key, etag, signal) => {
      await wait.before?.();
      const receipt = await store.delete(key, etag, signal);
      await wait.after?.();
      return receipt;
    },
  });
  return {
    ...services,
    openAccounts: (side, caller) => (name) => {
      const account = services.openAccounts(side, caller)(name);
      return { ...account, container: (container) => slow(account.container(container)) };
    },
  };
}

describe('one unit with two workers at once', () => {
  it('counts every extra as deleted, whoever of the two deleted it', async () => {
    const job = await mirrorOf(3);
    const left = (): readonly string[] => job.cloud.account('target').keys('copy').slice(1);
    const deliver: RunOptions['deliver'] = async (input, slice) => {
      if (input.phase !== 'delete') return slice();
      const [sent, gone, over] = [gate(), gate(), gate()];
      const before = (): Promise<void> => {
        sent.open();
        return gone.opened;
      };
      const after = (): Promise<void> => {
        if (left().length === 0) gone.open();
        return over.opened;
      };
      const first = createSlice(slowDeletes(job.services, { before }))(input);
      await sent.opened;
      const second = createSlice(slowDeletes(job.services, { after }))(input);
      await first;
      over.open();
      return second;
    };
    expect(await job.run({ deliver })).toBe('Completed');
    expect(job.board().totals).toMatchObject({ deleted: 3, skipped: 0, copied: 1 });
  });

  it('counts once and loses nothing, a mirror in which every slice goes to both', async () => {
    const job = await mirrorOf(300);
    expect(await job.run(twice)).toBe('Completed');
    expect(job.board().totals).toMatchObject({ deleted: 300, skipped: 0, copied: 1 });
  });

  it('claims no delete that neither made', async () => {
    const job = await mirrorOf(3);
    const target = job.cloud.account('target');
    job.cloud.fault({
      on: 'delete',
      key: 'extra1',
      before: () => {
        target.remove('copy', 'extra1');
      },
    });
    expect(await job.run()).toBe('Completed');
    expect(job.board().totals).toMatchObject({ deleted: 2, skipped: 1 });
    expect(await reasonsOf(job, 'skipped')).toEqual(['vanished']);
  });

  it('takes what the other wrote for its own where there is no MD5 to tell by', async () => {
    const job = await createMemoryJob();
    for (let index = 0; index < 300; index += 1)
      job.cloud.account('source').put('data', `k${String(index)}`, { sizeBytes: 10, md5: 'none' });
    expect(await job.run(twice)).toBe('Completed');
    expect(job.board().totals).toMatchObject({ copied: 300, conflicts: 0 });
  });
});

describe('one unit with one worker', () => {
  it.each(['none', undefined] as const)(
    'reports what a stranger wrote in the meantime as a conflict, also of equal length (MD5: %s)',
    async (md5) => {
      const job = await createMemoryJob();
      const put = { sizeBytes: 10, content: 'equal', ...(md5 === undefined ? {} : { md5 }) };
      job.cloud.account('source').put('data', 'k', put);
      const target = job.cloud.account('target');
      job.cloud.fault({ on: 'copyFrom', key: 'k', before: () => target.put('copy', 'k', put) });
      expect(await job.run()).toBe('CompletedWithErrors');
      expect(job.board().totals).toMatchObject({ copied: 0, conflicts: 1 });
      expect(job.cloud.count('copyFrom')).toBe(1);
      expect(await reasonsOf(job, 'conflict')).toEqual(['destination-exists']);
    },
  );
});
