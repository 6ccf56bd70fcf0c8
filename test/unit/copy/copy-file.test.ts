import { describe, expect, it } from 'vitest';
import type { CopyContext } from '../../../src/copy/context.js';
import { copyAgain, copyObject } from '../../../src/copy/copy-object.js';
import { missingRanges, planRanges, unfinishedMark } from '../../../src/copy/file-ranges.js';
import { CopyError } from '../../../src/job/copy-error.js';
import { refusal, throttled } from '../../support/memory-faults.js';
import { codeOf } from '../../support/memory-store.js';
import { MemoryShare } from '../../support/memory-share.js';
import { createFixture, mebibyte } from './fixture.js';

const sizeBytes = 100 * mebibyte;

function count(share: MemoryShare, call: string): number {
  return share.calls.filter((one) => one === call).length;
}

describe('a file that a slice leaves half filled', () => {
  it('is gone on with by the next, and keeps the ranges that it has', async () => {
    const fixture = createFixture();
    const share = new MemoryShare('to');
    const operation = fixture.plan('f', { sizeBytes }, { presentDirectories: 0 });
    let ranges = 0;
    share.beforeRange = () => {
      ranges += 1;
    };
    const first = fixture.context({ destination: share.container(), shouldStop: () => ranges >= 10 });
    expect(await codeOf(copyObject(operation, first))).toBe('aborted');
    const half = share.files.get('out/f');
    expect(half?.settings.smb?.creationTime).toMatch(/^17\d\d-.*\.\d{7}Z$/);
    const done = half?.ranges.size ?? 0;
    expect(done).toBeGreaterThanOrEqual(10);
    expect(done).toBeLessThan(25);

    const second = fixture.context({ destination: share.container(), rerun: true });
    expect(await copyObject(operation, second)).toMatchObject({ outcome: 'copied' });
    expect(count(share, 'create')).toBe(1);
    expect(count(share, 'range')).toBe(25);
    expect(share.files.get('out/f')?.settings.smb?.creationTime).toBe('now');

    expect(await copyObject(operation, second)).toMatchObject({
      outcome: 'copied',
      reason: 'own-write-assumed',
    });
    expect(count(share, 'range')).toBe(25);
  });

  it('is filled when another worker has emptied it just before it was finished', async () => {
    const fixture = createFixture();
    const share = new MemoryShare('to');
    const operation = fixture.plan('f', { sizeBytes }, { presentDirectories: 0 });
    const context = fixture.context({ destination: share.container(), rerun: true });
    await copyObject(operation, context);
    share.files.get('out/f')?.ranges.clear();
    expect(await copyObject(operation, context)).toMatchObject({ outcome: 'copied', reason: 'new' });
    expect(share.files.get('out/f')?.ranges.size).toBe(25);
    expect(share.files.get('out/f')?.settings.smb?.creationTime).toBe('now');
    expect(count(share, 'create')).toBe(1);
  });

  it('is begun anew when it is of another version of the source', async () => {
    const fixture = createFixture();
    const share = new MemoryShare('to');
    const old = fixture.plan('f', { sizeBytes }, { presentDirectories: 0 });
    let ranges = 0;
    share.beforeRange = () => {
      ranges += 1;
    };
    const stopped = fixture.context({ destination: share.container(), shouldStop: () => ranges >= 5 });
    expect(await codeOf(copyObject(old, stopped))).toBe('aborted');
    const operation = fixture.plan('f', { sizeBytes }, { presentDirectories: 0 });
    const context = fixture.context({ destination: share.container(), rerun: true });
    expect(await copyObject(operation, context)).toMatchObject({ outcome: 'copied' });
    const versions = [...(share.files.get('out/f')?.ranges.values() ?? [])].map(({ etag }) => etag);
    expect(versions).toEqual(Array.from({ length: 25 }, () => operation.etag));
  });
});

it('directories that the plan took for present are made when they are not', async () => {
  const fixture = createFixture();
  const share = new MemoryShare('to');
  const operation = fixture.plan('a/b/f', { sizeBytes: 5 });
  const context = fixture.context({ destination: share.container() });
  expect(await copyObject(operation, context)).toMatchObject({ outcome: 'copied' });
  expect([...share.files.keys()].sort()).toEqual(['out/', 'out/a/', 'out/a/b/', 'out/a/b/f']);
});

describe('a file that stands at the destination', () => {
  it.each([
    ['gone', 404, 'vanished'],
    ['forbidden', 403, 'source-role-missing'],
  ] as const)('keeps what it holds when its source is %s', async (_, status, reason) => {
    const fixture = createFixture();
    const share = new MemoryShare('to');
    const destinationEtag = share.put('out/f', 7);
    const operation = fixture.plan('f', { sizeBytes: 5 }, { destinationEtag });
    if (status === 404) fixture.source.remove('c', 'in/f');
    else {
      const error = refusal('source-role-missing', 403, 'AuthorizationPermissionMismatch');
      fixture.cloud.fault({ on: 'stat', times: 9, error });
    }
    // The service creates files without looking at what they are to be filled from.
    share.beforeRange = () => {
      throw status === 404
        ? refusal('source-not-found', 404, 'BlobNotFound')
        : refusal('source-role-missing', 403, 'AuthorizationPermissionMismatch');
    };
    const outcome = await copyObject(operation, fixture.context({ destination: share.container() }));
    expect(outcome.reason).toBe(reason);
    expect(share.files.get('out/f')).toMatchObject({ sizeBytes: 7, etag: destinationEtag });
  });

  it('takes one look at the source more than a new one', async () => {
    const fixture = createFixture();
    const share = new MemoryShare('to');
    const context = fixture.context({ destination: share.container() });
    await copyObject(fixture.plan('new', { sizeBytes: 5 }, { presentDirectories: 0 }), context);
    expect(fixture.cloud.count()).toBe(0);
    const destinationEtag = share.put('out/f', 7);
    expect(await copyObject(fixture.plan('f', { sizeBytes: 5 }, { destinationEtag }), context)).toMatchObject(
      {
        outcome: 'copied',
      },
    );
    expect(fixture.cloud.requests.map(({ call }) => call)).toEqual(['stat']);
  });
});

describe('ranges', () => {
  it('are cut at every 4 MiB, and as far as there is something', () => {
    expect(planRanges(0)).toEqual([]);
    expect(planRanges(9 * mebibyte).map(({ sizeBytes: size }) => size / mebibyte)).toEqual([4, 4, 1]);
    const stored = [
      { offset: 512, sizeBytes: 512 },
      { offset: 2048, sizeBytes: 512 },
      { offset: 7 * mebibyte, sizeBytes: 2 * mebibyte },
    ];
    expect(planRanges(8 * mebibyte + 10, stored)).toEqual([
      { offset: 512, sizeBytes: 2048 },
      { offset: 7 * mebibyte, sizeBytes: mebibyte },
      { offset: 8 * mebibyte, sizeBytes: 10 },
    ]);
  });

  it('are missing unless one stored range holds all of them', () => {
    const wanted = planRanges(12 * mebibyte);
    expect(missingRanges(wanted, [])).toEqual(wanted);
    expect(missingRanges(wanted, [{ offset: 0, sizeBytes: 12 * mebibyte }])).toEqual([]);
    const holes = [
      { offset: 0, sizeBytes: 3 * mebibyte },
      { offset: 4 * mebibyte, sizeBytes: 4 * mebibyte },
      { offset: 9 * mebibyte, sizeBytes: mebibyte },
    ];
    expect(missingRanges(wanted, holes).map(({ offset }) => offset / mebibyte)).toEqual([0, 8]);
  });

  it('of one version have one mark, of another another', () => {
    const mark = unfinishedMark('https://a/b', '"1"');
    expect(mark).toMatch(/^17\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/);
    expect(unfinishedMark('https://a/b', '"1"')).toBe(mark);
    expect(unfinishedMark('https://a/b', '"2"')).not.toBe(mark);
    expect(unfinishedMark('https://a/c', '"1"')).not.toBe(mark);
  });
});

describe('a file of which another try of the same unit has been told, too', () => {
  const smb = { attributes: 'ReadOnly', lastWriteTime: '2011-12-13T14:15:16.7654321Z' };

  function open(bytes = 9 * mebibyte) {
    const fixture = createFixture();
    const share = fixture.cloud.account('share', { service: 'files' });
    share.addContainer('d');
    const operation = fixture.plan('f', { sizeBytes: bytes }, { presentDirectories: 0, smb });
    const context = (changes: Partial<CopyContext> = {}): CopyContext =>
      fixture.context({ destination: share.store('destination').container('d'), ...changes });
    const file = () => share.object('d', 'out/f');
    return { ...fixture, operation, context, file };
  }

  it('is left as it is when the other has finished it, for it may be reported already', async () => {
    const { operation, context, file, cloud } = open();
    expect(await copyObject(operation, context())).toMatchObject({ outcome: 'copied' });
    const before = file();
    const again = await copyObject(operation, context({ rerun: true }));
    expect(again).toMatchObject({ outcome: 'copied', reason: 'own-write-assumed' });
    expect(file()).toBe(before);
    expect([cloud.count('createFile'), cloud.count('putRangeFrom')]).toEqual([1, 3]);
  });

  it('is filled to its end by whoever has created it, also when the job is over meanwhile', async () => {
    const { operation, context, file, source } = open();
    const shouldStop = (): boolean => file() !== undefined;
    expect(await copyObject(operation, context({ shouldStop }))).toMatchObject({ outcome: 'copied' });
    expect(file()?.content).toEqual(source.object('c', 'in/f')?.content);
  });

  it('is filled again when the other made it read-only after this one had emptied it', async () => {
    const { operation, context, file, source, cloud } = open();
    let emptied = false;
    cloud.fault({
      on: 'putRangeFrom',
      before: () => {
        emptied = true;
      },
      error: throttled(),
    });
    cloud.fault({
      on: 'putRangeFrom',
      before: () => {
        const share = cloud.account('share');
        share.put('d', 'out/f', { sizeBytes: operation.sizeBytes, stored: [], smb, md5: 'none' });
      },
    });
    const copied = await copyObject(operation, context({ rerun: true }));
    expect([emptied, copied.outcome]).toEqual([true, 'copied']);
    expect(file()?.content).toEqual(source.object('c', 'in/f')?.content);
    expect(file()?.smb?.attributes).toBe('ReadOnly');
  });

  it('is left to the next slice when the other has removed it', async () => {
    const { operation, context, cloud } = open();
    cloud.fault({
      on: 'putRangeFrom',
      before: () => {
        cloud.account('share').remove('d', 'out/f');
      },
    });
    expect(await codeOf(copyObject(operation, context({ rerun: true })))).toBe('aborted');
  });

  it('is created when the other removes it while its ranges are asked for', async () => {
    const { operation, context, file, cloud } = open();
    const stopped = new CopyError('aborted', 'given up', { retryable: false });
    cloud.fault({ on: 'setFile', error: stopped });
    expect(await codeOf(copyObject(operation, context()))).toBe('aborted');
    cloud.fault({
      on: 'listRanges',
      before: () => {
        cloud.account('share').remove('d', 'out/f');
      },
    });
    expect(await copyObject(operation, context({ rerun: true }))).toMatchObject({ reason: 'new' });
    expect(file()?.sizeBytes).toBe(operation.sizeBytes);
  });

  it('is written again when its source has changed since, read-only or not', async () => {
    const { operation, context, file, source } = open();
    await copyObject(operation, context());
    source.put('c', 'in/f', { sizeBytes: operation.sizeBytes });
    expect(await copyAgain(operation, context({ rerun: true }))).toMatchObject({ outcome: 'copied' });
    expect(file()?.content).toEqual(source.object('c', 'in/f')?.content);
  });

  it('is refused when it was read-only before the job', async () => {
    const { operation, context, cloud } = open();
    const destinationEtag = cloud.account('share').put('d', 'out/f', { smb });
    const planned = { ...operation, destinationEtag };
    expect(await copyObject(planned, context({ rerun: true }))).toMatchObject({
      outcome: 'failed',
      reason: 'destination-read-only',
    });
  });
});
