import { describe, expect, it } from 'vitest';
import { copyObject } from '../../../src/copy/copy-object.js';
import { createFixture } from './fixture.js';

describe('copyObject when the destination is not what the plan saw (AzCopy overwrote blindly)', () => {
  it('reports a conflict at once when only a stranger can have written there', async () => {
    const { cloud, destination, plan, context } = createFixture();
    const operation = plan('a');
    destination.put('d', 'out/a', { content: 'foreign' });
    expect(await copyObject(operation, context())).toMatchObject({
      outcome: 'conflict',
      reason: 'destination-exists',
      status: 409,
    });
    expect(cloud.requests.map((request) => request.call)).toEqual(['copyFrom']);
    expect(destination.object('d', 'out/a')?.content).toMatchObject([{ of: 'foreign' }]);
  });

  it('recognises its own earlier write on a rerun by length and MD5', async () => {
    const { cloud, plan, context } = createFixture();
    const operation = plan('a');
    await copyObject(operation, context());
    cloud.reset();
    expect(await copyObject(operation, context({ rerun: true }))).toMatchObject({
      outcome: 'copied',
      reason: 'new',
    });
    expect(cloud.requests.map((request) => request.call)).toEqual(['copyFrom', 'stat']);
  });

  it('recognises the write of a second worker that was given the same unit', async () => {
    const { plan, context } = createFixture();
    const operation = plan('a');
    await copyObject(operation, context());
    const isShared = (): Promise<boolean> => Promise.resolve(true);
    expect(await copyObject(operation, context({ isShared }))).toMatchObject({
      outcome: 'copied',
      reason: 'new',
    });
  });

  it.each(['none', undefined] as const)(
    'claims nothing that a stranger wrote on the first try, however equal (MD5: %s)',
    async (md5) => {
      const { destination, plan, context } = createFixture();
      const object = md5 === undefined ? {} : { md5 };
      const operation = plan('a', object);
      destination.put('d', 'out/a', object);
      const isShared = (): Promise<boolean> => Promise.resolve(false);
      expect(await copyObject(operation, context({ isShared }))).toMatchObject({ outcome: 'conflict' });
    },
  );

  it('looks at both sides on a rerun before it reports a conflict', async () => {
    const { cloud, destination, plan, context } = createFixture();
    const operation = plan('a');
    destination.put('d', 'out/a', { content: 'foreign' });
    expect(await copyObject(operation, context({ rerun: true }))).toMatchObject({ outcome: 'conflict' });
    expect(cloud.requests.map((request) => request.call)).toEqual(['copyFrom', 'stat', 'stat']);
  });

  it('recognises its own earlier copy of a version that was newer than the plan', async () => {
    const { source, destination, plan, context } = createFixture();
    const operation = plan('a');
    source.put('c', 'in/a', { content: 'second' });
    expect(await copyObject(operation, context())).toMatchObject({ outcome: 'copied' });
    expect(await copyObject(operation, context({ rerun: true }))).toMatchObject({ outcome: 'copied' });
    expect(destination.object('d', 'out/a')?.content).toMatchObject([{ of: 'second' }]);
  });

  it('assumes its own write where there is no MD5 but length and time fit', async () => {
    const { clock, plan, context } = createFixture();
    const operation = plan('a', { md5: 'none' });
    clock.advance(400);
    const since = new Date(clock.now()).toISOString();
    await copyObject(operation, context());
    expect(await copyObject(operation, context({ rerun: true, since }))).toMatchObject({
      outcome: 'copied',
      reason: 'own-write-assumed',
    });
  });

  it('does not adopt an older object of the same length', async () => {
    const { clock, destination, plan, context } = createFixture();
    destination.put('d', 'out/a', { content: 'older', md5: 'none' });
    clock.advance(5000);
    const operation = plan('a');
    const since = new Date(clock.now()).toISOString();
    expect(await copyObject(operation, context({ rerun: true, since }))).toMatchObject({
      outcome: 'conflict',
    });
  });

  it('does not adopt an object with another MD5, however young', async () => {
    const { destination, plan, context } = createFixture();
    const operation = plan('a', { content: 'mine' });
    destination.put('d', 'out/a', { content: 'theirs' });
    expect(await copyObject(operation, context({ rerun: true }))).toMatchObject({
      outcome: 'conflict',
      reason: 'destination-exists',
    });
  });
});
