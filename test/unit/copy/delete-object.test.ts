import { describe, expect, it } from 'vitest';
import { deleteObject } from '../../../src/copy/delete-object.js';
import type { Operation } from '../../../src/job/operation.js';
import { refusal } from '../../support/memory-faults.js';
import { createFixture } from './fixture.js';
import type { Fixture } from './fixture.js';

function planDelete(fixture: Fixture): Operation {
  const etag = fixture.destination.put('d', 'out/x');
  return {
    action: 'delete',
    pair: 0,
    key: 'x',
    reason: 'extra',
    sizeBytes: 10,
    etag,
    lastModified: '2026-01-01T00:00:00.000Z',
  };
}

describe('deleteObject', () => {
  it('proves that the object is absent at the source, then deletes the planned version', async () => {
    const fixture = createFixture();
    const { cloud, destination, context } = fixture;
    expect(await deleteObject(planDelete(fixture), context())).toMatchObject({
      outcome: 'deleted',
      reason: 'extra',
    });
    expect(cloud.requests.map(({ account, call, key }) => [account, call, key])).toEqual([
      ['from', 'stat', 'in/x'],
      ['to', 'delete', 'out/x'],
    ]);
    expect(destination.object('d', 'out/x')).toBeUndefined();
  });

  it('deletes nothing that has come back at the source', async () => {
    const fixture = createFixture();
    const operation = planDelete(fixture);
    fixture.source.put('c', 'in/x');
    expect(await deleteObject(operation, fixture.context())).toMatchObject({
      outcome: 'skipped',
      reason: 'no-longer-extra',
    });
    expect(fixture.destination.object('d', 'out/x')).toBeDefined();
  });

  it('deletes nothing when the source cannot be asked or its container is gone', async () => {
    const fixture = createFixture();
    const operation = planDelete(fixture);
    fixture.source.permissions.read = false;
    expect(await deleteObject(operation, fixture.context())).toMatchObject({
      outcome: 'failed',
      reason: 'source-role-missing',
    });
    fixture.source.permissions.read = true;
    fixture.source.removeContainer('c');
    expect(await deleteObject(operation, fixture.context())).toMatchObject({
      outcome: 'failed',
      reason: 'source-container-not-found',
    });
    expect(fixture.destination.object('d', 'out/x')).toBeDefined();
  });

  it('reports a version that the plan did not see as a conflict', async () => {
    const fixture = createFixture();
    const operation = planDelete(fixture);
    fixture.destination.put('d', 'out/x');
    expect(await deleteObject(operation, fixture.context())).toMatchObject({
      outcome: 'conflict',
      reason: 'destination-changed',
      status: 412,
    });
  });

  it('counts its own earlier delete on a rerun and after a lost reply', async () => {
    const fixture = createFixture();
    const operation = planDelete(fixture);
    fixture.cloud.fault({ on: 'delete', lostReply: true });
    expect(await deleteObject(operation, fixture.context())).toMatchObject({ outcome: 'deleted' });
    expect(await deleteObject(operation, fixture.context({ rerun: true }))).toMatchObject({
      outcome: 'deleted',
    });
  });

  it('looks when a refused rerun does not say whether the object is gone or replaced', async () => {
    const fixture = createFixture();
    const operation = planDelete(fixture);
    const refuse = (): void => {
      fixture.cloud.fault({ on: 'delete', error: refusal('destination-changed', 412, 'ConditionNotMet') });
    };
    refuse();
    expect(await deleteObject(operation, fixture.context({ rerun: true }))).toMatchObject({
      outcome: 'conflict',
    });
    fixture.destination.remove('d', 'out/x');
    refuse();
    expect(await deleteObject(operation, fixture.context({ rerun: true }))).toMatchObject({
      outcome: 'deleted',
    });
    refuse();
    fixture.cloud.fault({
      on: 'stat',
      skip: 1,
      error: refusal('destination-forbidden', 403, 'AuthorizationFailure'),
    });
    expect(await deleteObject(operation, fixture.context({ rerun: true }))).toMatchObject({
      outcome: 'conflict',
    });
  });

  it('counts a delete as ours when a second worker has the unit', async () => {
    const fixture = createFixture();
    const operation = planDelete(fixture);
    fixture.destination.remove('d', 'out/x');
    const isShared = (): Promise<boolean> => Promise.resolve(true);
    expect(await deleteObject(operation, fixture.context({ isShared }))).toMatchObject({
      outcome: 'deleted',
    });
  });

  it('does not claim a delete that somebody else made', async () => {
    const fixture = createFixture();
    const operation = planDelete(fixture);
    fixture.destination.remove('d', 'out/x');
    expect(await deleteObject(operation, fixture.context())).toMatchObject({
      outcome: 'skipped',
      reason: 'vanished',
    });
  });

  it('counts a failed delete as failed (AzCopy counted it as deleted)', async () => {
    const fixture = createFixture();
    const operation = planDelete(fixture);
    fixture.cloud.fault({
      on: 'delete',
      error: refusal('destination-immutable', 409, 'BlobImmutableDueToPolicy'),
    });
    expect(await deleteObject(operation, fixture.context())).toMatchObject({
      outcome: 'failed',
      reason: 'destination-immutable',
      serviceCode: 'BlobImmutableDueToPolicy',
    });
  });
});
