import { describe, expect, it } from 'vitest';
import type { CopyContext } from '../../../src/copy/context.js';
import { copyObject } from '../../../src/copy/copy-object.js';
import { beginFile, endFile } from '../../../src/copy/large-file.js';
import { aborted } from '../../../src/copy/retry.js';
import { refusal } from '../../support/memory-faults.js';
import { codeOf } from '../../support/memory-store.js';
import { createFixture, mebibyte } from './fixture.js';

const time = { lastWriteTime: '2011-12-13T14:15:16.7654321Z' };

function open({ sizeBytes = 9 * mebibyte, attributes = 'ReadOnly' } = {}) {
  const smb = { ...time, attributes };
  const fixture = createFixture();
  const share = fixture.cloud.account('share', { service: 'files' });
  share.addContainer('d');
  const operation = fixture.plan('f', { sizeBytes }, { presentDirectories: 0, smb });
  const context = (changes: Partial<CopyContext> = {}): CopyContext =>
    fixture.context({ destination: share.store('destination').container('d'), rerun: true, ...changes });
  /** The other worker finishes the file, with all or nothing of its content. */
  const finish = (isWhole: boolean): void => {
    share.put('d', 'out/f', { sizeBytes, ...(isWhole ? {} : { stored: [] }), smb, md5: 'none' });
  };
  const file = () => share.object('d', 'out/f');
  return { ...fixture, operation, context, finish, file };
}

describe('a file that another worker finishes while this one fills it', () => {
  it('is not unlocked when it is whole', async () => {
    const { operation, context, finish, file, cloud } = open();
    cloud.fault({
      on: 'putRangeFrom',
      before: () => {
        finish(true);
      },
    });
    const copied = await copyObject(operation, context());
    expect(copied).toMatchObject({ outcome: 'copied', reason: 'own-write-assumed' });
    expect(file()?.smb?.attributes).toBe('ReadOnly');
    expect(cloud.count('setFile')).toBe(0);
  });

  it('is not removed when this one fails', async () => {
    const { operation, context, finish, file, cloud } = open({ attributes: 'Hidden' });
    cloud.fault({
      on: 'putRangeFrom',
      before: () => {
        finish(true);
      },
      error: refusal('bad-request', 400, 'InvalidInput'),
    });
    await copyObject(operation, context()).catch(() => undefined);
    expect(file()?.sizeBytes).toBe(operation.sizeBytes);
  });

  it('and that was emptied behind its back, is filled to its end however long it is', async () => {
    const { operation, context, finish, file, source } = open({ sizeBytes: 100 * mebibyte });
    finish(false);
    const shouldStop = (): boolean => true;
    expect(await copyObject(operation, context({ shouldStop }))).toMatchObject({ outcome: 'copied' });
    expect(file()?.content).toEqual(source.object('c', 'in/f')?.content);
  });

  it('is not created anew when it is whole, and its properties are asked for once', async () => {
    const { operation, context, finish, file, cloud } = open();
    finish(true);
    const copied = await copyObject(
      operation,
      context({ rerun: false, isShared: () => Promise.resolve(true) }),
    );
    expect(copied).toMatchObject({ outcome: 'copied', reason: 'own-write-assumed' });
    expect(file()?.smb?.attributes).toBe('ReadOnly');
    expect([cloud.count('createFile'), cloud.count('stat'), cloud.count('setFile')]).toEqual([1, 1, 0]);
  });
});

describe('a file whose unit is given to another worker', () => {
  it('is written no more: neither filled, nor removed when this one fails', async () => {
    const { operation, context, file, cloud } = open();
    let isMine = true;
    const requireHold = (): Promise<void> => (isMine ? Promise.resolve() : Promise.reject(aborted()));
    cloud.fault({
      on: 'putRangeFrom',
      times: 3,
      before: () => {
        isMine = false;
      },
      error: refusal('bad-request', 400, 'InvalidInput'),
    });
    expect(await codeOf(copyObject(operation, context({ requireHold })))).toBe('aborted');
    expect(file()?.sizeBytes).toBe(operation.sizeBytes);
    expect([cloud.count('createFile'), cloud.count('delete')]).toEqual([1, 0]);
  });
});

describe('a large file whose source is deleted before it is ended', () => {
  it('has lost its source, whatever the service calls that', async () => {
    const { operation, context } = open({ sizeBytes: 100 * mebibyte });
    await beginFile(operation, context());
    const { source } = context();
    const gone = {
      ...source,
      capabilities: { ...source.capabilities, ranges: true },
      listRanges: () => Promise.reject(refusal('bad-request', 404, 'ResourceNotFound')),
    };
    expect(await codeOf(endFile(operation, context({ source: gone })))).toBe('source-not-found');
  });
});

describe('a large file that an earlier try has begun anew, for its source has changed', () => {
  it('is no conflict: it is planned again', async () => {
    const { operation, context } = open({ sizeBytes: 100 * mebibyte });
    await beginFile({ ...operation, etag: '"later"', sizeBytes: 90 * mebibyte }, context());
    expect(await codeOf(endFile(operation, context()))).toBe('source-changed');
    expect(await codeOf(endFile(operation, context({ rerun: false })))).toBe('destination-changed');
  });
});
