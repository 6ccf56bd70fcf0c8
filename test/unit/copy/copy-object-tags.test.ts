import { describe, expect, it } from 'vitest';
import { copyObject } from '../../../src/copy/copy-object.js';
import { refusal } from '../../support/memory-faults.js';
import { createFixture } from './fixture.js';

describe('copyObject with tags', () => {
  it('sends tags with the content', async () => {
    const { destination, plan, context } = createFixture();
    await copyObject(plan('a', { tags: { team: 'x' } }), context());
    expect(destination.object('d', 'out/a')?.tags).toEqual({ team: 'x' });
  });

  it('tries once without refused tags, says so once and asks no more', async () => {
    const { cloud, destination, notes, plan, context } = createFixture('auto');
    destination.permissions.tags = false;
    const shared = context();
    expect(await copyObject(plan('a', { tags: { t: '1' } }), shared)).toMatchObject({ outcome: 'copied' });
    expect(await copyObject(plan('b', { tags: { t: '1' } }), shared)).toMatchObject({ outcome: 'copied' });
    expect(cloud.count('copyFrom')).toBe(3);
    expect(notes).toHaveLength(1);
  });

  it('fails an object whose required tags are refused', async () => {
    const { destination, plan, context } = createFixture('require');
    destination.permissions.tags = false;
    expect(await copyObject(plan('a', { tags: { t: '1' } }), context())).toMatchObject({
      outcome: 'failed',
      reason: 'tags-not-permitted',
    });
  });

  it('does not blame the tags when the write itself is refused', async () => {
    const { destination, notes, cloud, plan, context } = createFixture('auto');
    destination.permissions.write = false;
    cloud.fault({
      on: 'copyFrom',
      error: refusal('tags-not-permitted', 403, 'AuthorizationPermissionMismatch'),
    });
    expect(await copyObject(plan('a', { tags: { t: '1' } }), context())).toMatchObject({
      outcome: 'failed',
      reason: 'destination-role-missing',
    });
    expect(notes).toEqual([]);
  });

  it('copies tags and tier of the version that it copies', async () => {
    const { source, destination, plan, context } = createFixture();
    const operation = plan('a');
    source.put('c', 'in/a', { tags: { v: '2' }, tier: 'Cool' });
    expect(await copyObject(operation, context())).toMatchObject({ outcome: 'copied' });
    expect(destination.object('d', 'out/a')).toMatchObject({ tags: { v: '2' }, tier: 'Cool' });
  });

  it('goes on without the tags of a new version when nobody could ever read them', async () => {
    const { source, destination, plan, context } = createFixture();
    const operation = plan('a');
    source.permissions.tags = false;
    source.put('c', 'in/a', { tags: { v: '2' } });
    expect(await copyObject(operation, context())).toMatchObject({ outcome: 'copied' });
    expect(destination.object('d', 'out/a')).toMatchObject({ tags: {} });
  });

  it('fails when tags that the plan has read can be read no more', async () => {
    const { source, plan, context } = createFixture();
    const operation = plan('a', { tags: { v: '1' } });
    source.permissions.tags = false;
    source.put('c', 'in/a', { tags: { v: '2' } });
    expect(await copyObject(operation, context())).toMatchObject({
      outcome: 'failed',
      reason: 'tags-not-permitted',
    });
  });

  it('asks for no tags when they are off', async () => {
    const { source, destination, plan, context } = createFixture('off');
    const operation = plan('a', { tags: { v: '1' } });
    source.permissions.tags = false;
    source.put('c', 'in/a', { tags: { v: '2' } });
    expect(await copyObject(operation, context())).toMatchObject({ outcome: 'copied' });
    expect(destination.object('d', 'out/a')).toMatchObject({ tags: {} });
  });
});
