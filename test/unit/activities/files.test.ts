import { describe, expect, it } from 'vitest';
import type { SliceInput } from '../../../src/activities/contracts.js';
import type { JobSpec } from '../../../src/job/job-spec.js';
import { createSlice } from '../../../src/activities/slice.js';
import { wallClock } from '../../../src/runtime/clock.js';
import { createMemoryJob, type MemoryJob, type RunOptions } from '../../support/memory-job.js';
import { gate } from '../../support/gate.js';
import { MemoryShare, type MemoryFile } from '../../support/memory-share.js';

const mebibyte = 2 ** 20;
const beatMs = 3000;
const fromShare = { account: 'shares', service: 'files', container: 'share', prefix: '' } as const;
const toShare = { account: 'target', service: 'files', container: 'share', prefix: '' } as const;
const filesSource: JobSpec['source'] = { kind: 'prefix', location: fromShare, base: '', recursive: true };

/** Whoever takes over waits a moment only. */
const hasty = {
  ...wallClock,
  sleep: (delayMs: number, signal?: AbortSignal) => wallClock.sleep(Math.min(delayMs, 50), signal),
};

interface Shares {
  readonly from: MemoryShare;
  readonly to: MemoryShare;
  readonly job: MemoryJob;
}

async function open(spec: Partial<JobSpec>): Promise<Shares> {
  const shares = { shares: new MemoryShare('shares'), target: new MemoryShare('target') };
  const job = await createMemoryJob(spec);
  const blobs = job.services.openAccounts.bind(job.services);
  Object.assign(job.services, {
    openAccounts: (side: 'source' | 'destination', caller: Parameters<typeof blobs>[1]) => {
      const open = blobs(side, caller);
      return (place: Parameters<typeof open>[0]) =>
        place.service === 'files' ? shares[place.account as keyof typeof shares].store() : open(place);
    },
  });
  return { from: shares.shares, to: shares.target, job };
}

/** Bytes of the file that were copied from this version, each once. */
function filled(file: MemoryFile | undefined, etag: string): number {
  const ranges = [...(file?.ranges.values() ?? [])].filter((range) => range.etag === etag);
  return ranges.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

function count(share: MemoryShare, call: string): number {
  return share.calls.filter((one) => one === call).length;
}

/** Holds up whoever makes the next directory: `begun` opens when that is asked for, and `over` lets it go on. */
function holdUp(share: MemoryShare, begun: ReturnType<typeof gate>, over: ReturnType<typeof gate>): void {
  share.beforeDirectory = () => {
    share.beforeDirectory = () => Promise.resolve();
    begun.open();
    return over.opened;
  };
}

describe('a worker that is held up until another has finished its unit', () => {
  it('empties no file that is reported as copied', async () => {
    const { to, job } = await open({ destination: toShare });
    const blobs = job.cloud.account('source');
    const sizes = new Map([
      ['a/small', 5 * mebibyte],
      ['a/long', 100 * mebibyte],
    ]);
    const etags = [...sizes].map(([key, sizeBytes]) => [key, blobs.put('data', key, { sizeBytes })] as const);
    let pauseMs = 0;
    const services = { ...job.services, clock: { ...wallClock, now: () => wallClock.now() + pauseMs } };
    Object.assign(job.services, { clock: hasty });
    const [begun, over] = [gate(), gate()];
    const deliver: RunOptions['deliver'] = async (input, slice) => {
      if (input.phase !== 'copy' || to.calls.includes('mkdir')) return slice();
      holdUp(to, begun, over);
      const late = createSlice(services)(input);
      await begun.opened;
      const result = await slice();
      pauseMs = job.services.sliceMs + 1;
      over.open();
      await late;
      return result;
    };
    expect(await job.run({ deliver })).toBe('Completed');
    expect(job.board().totals).toMatchObject({ copied: 2 });
    expect(count(to, 'create')).toBe(2);
    for (const [key, etag] of etags) {
      expect(filled(to.files.get(key), etag)).toBe(sizes.get(key));
      expect(to.files.get(key)?.settings.smb?.creationTime).toBe('now');
    }
  });
});

describe('a lane that goes on with its unit', () => {
  it('does not wait for the slice before, which has given it back', async () => {
    const { to, job } = await open({ destination: toShare });
    for (const key of ['a', 'b', 'c']) {
      job.cloud.account('source').put('data', key, { sizeBytes: 68 * mebibyte });
    }
    let ranges = 0;
    to.beforeRange = () => {
      ranges += 1;
    };
    const waits: number[] = [];
    const clock = {
      ...hasty,
      now: () => wallClock.now() + 100 * ranges,
      sleep: (delayMs: number, signal?: AbortSignal) => {
        if (delayMs > beatMs && delayMs < 10_000) waits.push(delayMs);
        return hasty.sleep(delayMs, signal);
      },
    };
    Object.assign(job.services, { clock, sliceMs: 1500 });
    let slices = 0;
    const status = await job.run({
      deliver: (_, slice) => {
        slices += 1;
        return slice();
      },
    });
    expect(status).toBe('Completed');
    expect(slices).toBeGreaterThan(3);
    expect([count(to, 'create'), count(to, 'range')]).toEqual([3, 51]);
    expect(waits).toEqual([]);
  });
});

describe('two workers with one unit', () => {
  it('do not write at the same time: what the first has begun the second finds finished', async () => {
    const { to, job } = await open({ destination: toShare });
    const etag = job.cloud.account('source').put('data', 'a/f', { sizeBytes: mebibyte });
    const [begun, over, waits] = [gate(), gate(), gate()];
    const sleep = (delayMs: number, signal?: AbortSignal): Promise<void> => {
      if (delayMs > beatMs) waits.open();
      return wallClock.sleep(Math.min(delayMs, 50), signal);
    };
    const deliver: RunOptions['deliver'] = async (input, slice) => {
      if (input.phase !== 'copy' || to.calls.includes('mkdir')) return slice();
      holdUp(to, begun, over);
      const first = slice();
      await begun.opened;
      const second = createSlice({ ...job.services, clock: { ...wallClock, sleep } })(input);
      await waits.opened;
      over.open();
      await second;
      return first;
    };
    expect(await job.run({ deliver })).toBe('Completed');
    expect(job.board().totals).toMatchObject({ copied: 1 });
    expect(filled(to.files.get('a/f'), etag)).toBe(mebibyte);
    expect(to.files.get('a/f')?.settings.smb?.creationTime).toBe('now');
    expect([count(to, 'create'), count(to, 'range'), count(to, 'stat')]).toEqual([1, 1, 0]);
  });
});

describe('jobs to Azure Files', () => {
  it('send one create, a request for each 4 MiB, and one for each new directory', async () => {
    const { to, job } = await open({ destination: toShare });
    const blobs = job.cloud.account('source');
    blobs.put('data', 'top', { sizeBytes: 9 * mebibyte, metadata: { Foo: 'x' } });
    blobs.put('data', 'a/b/one', { sizeBytes: 1 });
    blobs.put('data', 'a/b/two', { sizeBytes: 0 });
    expect(await job.run()).toBe('Completed');
    expect(count(to, 'create')).toBe(3);
    expect(count(to, 'range')).toBe(4);
    expect(count(to, 'mkdir')).toBe(2);
    expect(count(to, 'set')).toBe(2);
    expect(to.files.get('top')?.settings.metadata).toEqual({ Foo: 'x' });
    expect(to.files.get('top')?.ranges.size).toBe(3);
  });

  it('carry attributes, times and permissions, each permission once', async () => {
    const { from, to, job } = await open({
      source: filesSource,
      destination: toShare,
      preserveInfo: true,
      preservePermissions: true,
      emptyDirectories: true,
    });
    const smb = {
      attributes: 'ReadOnly | Hidden',
      creationTime: '2001-02-03T04:05:06.1234567Z',
      lastWriteTime: '2011-12-13T14:15:16.7654321Z',
      permissionKey: '1*1',
    };
    for (const key of ['a/1', 'a/2', 'b']) from.put(key, 10, smb);
    from.put('empty/', 0);
    expect(await job.run()).toBe('Completed');
    expect(to.files.get('a/1')?.settings.smb).toEqual({ ...smb, permissionKey: 'key of sddl 1*1' });
    expect([...to.files.keys()].sort()).toEqual(['a/', 'a/1', 'a/2', 'b', 'empty/']);
    expect(count(from, 'readPermission')).toBe(1);
    expect(count(to, 'createPermission')).toBe(1);
    expect(count(to, 'set')).toBe(3);
    expect(count(to, 'mkdir')).toBe(2);
  });

  it('of a small tree need no lane: one slice, and nothing that waits', async () => {
    const { from, to, job } = await open({ source: filesSource, destination: toShare });
    for (let index = 0; index < 300; index += 1) from.put(`d${String(index % 9)}/f${String(index)}`, 10);
    const slices: SliceInput[] = [];
    const status = await job.run({ deliver: (input, slice) => (slices.push(input), slice()) });
    expect(status).toBe('Completed');
    expect(job.board()).toMatchObject({ lanes: 32, totals: { copied: 300 } }); // as many as a tree might need
    expect(count(to, 'create')).toBe(300);
    expect(slices).toMatchObject([{ phase: 'copy', lane: 0, first: true }]);
  });

  it('fill a large file by all lanes, and take the mark off at the end', async () => {
    const { to, job } = await open({ destination: toShare });
    const etag = job.cloud.account('source').put('data', 'big', { sizeBytes: 3 * 1024 * mebibyte + 5 });
    expect(await job.run()).toBe('Completed');
    const file = to.files.get('big');
    expect(filled(file, etag)).toBe(3 * 1024 * mebibyte + 5);
    expect(count(to, 'range')).toBe(769);
    expect(count(to, 'create')).toBe(1);
    expect(file?.settings.smb?.creationTime).toBe('now');
  });

  it('copy of a sparse file only what it has', async () => {
    const { from, to, job } = await open({ source: filesSource, destination: toShare });
    const stored = [
      { offset: 0, sizeBytes: 512 },
      { offset: 2 * 1024 * mebibyte, sizeBytes: 5 * mebibyte },
    ];
    from.put('sparse', 3 * 1024 * mebibyte, {}, stored);
    expect(await job.run()).toBe('Completed');
    expect(
      [...(to.files.get('sparse')?.ranges ?? [])].map(([offset, { sizeBytes }]) => [offset, sizeBytes]),
    ).toEqual([
      [0, 512],
      [2 * 1024 * mebibyte, 4 * mebibyte],
      [2 * 1024 * mebibyte + 4 * mebibyte, mebibyte],
    ]);
  });

  it('go on with a large file that lost its content under way', async () => {
    const { to, job } = await open({ destination: toShare });
    const etag = job.cloud.account('source').put('data', 'big', { sizeBytes: 2 * 1024 * mebibyte });
    let ranges = 0;
    to.beforeRange = (key) => {
      ranges += 1;
      if (ranges === 300) to.files.get(key)?.ranges.clear();
    };
    expect(await job.run()).toBe('Completed');
    expect(filled(to.files.get('big'), etag)).toBe(2 * 1024 * mebibyte);
  });

  it.each([10 * mebibyte, 2 * 1024 * mebibyte])(
    'copy %i bytes again when the source changed meanwhile, and say so when it does not keep still',
    async (sizeBytes) => {
      const { from, to, job } = await open({ source: filesSource, destination: toShare });
      from.put('f', sizeBytes);
      let changes = 1;
      let etag = '';
      to.beforeRange = () => {
        if (changes === 0) return;
        changes -= 1;
        etag = from.put('f', sizeBytes);
      };
      expect(await job.run()).toBe('Completed');
      expect(filled(to.files.get('f'), etag)).toBe(sizeBytes);

      const restless = await open({ source: filesSource, destination: toShare });
      restless.from.put('f', sizeBytes);
      restless.to.beforeRange = () => {
        restless.from.put('f', sizeBytes);
      };
      expect(await restless.job.run()).toBe('CompletedWithErrors');
      expect(await restless.job.outcomes()).toMatchObject([{ outcome: 'failed', reason: 'source-changed' }]);
      expect(restless.to.files.has('f')).toBe(false);
    },
  );

  it('leave no file behind that they cannot finish', async () => {
    const { to, job } = await open({ destination: toShare });
    job.cloud.account('source').put('data', 'f', { sizeBytes: 9 * mebibyte });
    to.beforeRange = () => {
      throw new RangeError('broken');
    };
    expect(await job.run()).toBe('CompletedWithErrors');
    expect([...to.files.keys()]).toEqual([]);
  });
});
