import { describe, expect, it } from 'vitest';
import { readManifestPage } from '../../../src/record/manifest.js';
import { createBackupWorld } from '../../support/backup-world.js';

const nextAt = (hour: number): string => `2026-01-01T0${String(hour)}:03:00.000Z`;

describe('an incremental backup', () => {
  it('copies what has other content or tags, notes tiers, and gives all of it back; tags cost no request', async () => {
    const backups = await createBackupWorld({});
    const { world, cloud } = backups;
    const source = cloud.account('source');
    await world.until(nextAt(1));
    cloud.reset();
    await world.until(nextAt(2));
    const unchanged = Object.fromEntries(
      (['list', 'copyFrom', 'stat'] as const).map((call) => [call, cloud.count(call)]),
    );
    // A look at each side and one page of the source: what it is compared with lies in the state container.
    expect(unchanged).toEqual({ list: 3, copyFrom: 0, stat: 0 });

    source.put('data', 'begin/0', { tags: { round: '0' } });
    source.set('data', 'begin/1', { tags: { round: '9' } });
    source.set('data', 'begin/2', { tags: {} });
    source.set('data', 'begin/3', { tier: 'Cool' });
    source.set('data', 'begin/4', { tier: 'Archive' });
    cloud.reset();
    await world.until(nextAt(3));
    expect([cloud.count('list'), cloud.count('copyFrom'), cloud.count()]).toEqual([3, 3, 6]);
    const point = (await backups.points()).at(-1);
    if (point === undefined) throw new Error('there is no backup');
    expect(point).toMatchObject({ status: 'good', copied: { objects: 3 }, objects: 12 });
    const rows = await readManifestPage(world.state, { policy: point.policy, point: point.id }, 0);
    const tiers = rows?.flatMap(({ key, tier }) => (tier === undefined ? [] : [`${key} ${tier}`]));
    expect(tiers).toEqual(['begin/3 Cool', 'begin/4 Archive']);
    const homes = rows?.flatMap(({ key, home }) => (home === point.id ? [key] : []));
    expect(homes).toEqual(['begin/0', 'begin/1', 'begin/2']);

    expect(await backups.restore(point, 'back')).toBe('Completed');
    for (const key of source.keys('data')) {
      const [was, is] = [source.object('data', key), source.object('back', key)];
      expect([is?.content, is?.tags], key).toEqual([was?.content, was?.tags]);
    }
    expect(source.keys('back')).toEqual(source.keys('data'));
    expect(source.object('back', 'begin/3')?.tier).toBe('Cool');
    // What was archived was backed up before, and comes back where it can be read.
    expect(source.object('back', 'begin/4')?.tier).toBeUndefined();
  });
});
