import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { appRoles } from '../../src/localhost/app-environment.js';
import { LocalRig, numbered } from '../support/local-rig.js';
import { takeRight } from '../support/role-faults.js';
import { until } from '../support/until.js';

let rig: LocalRig;
beforeAll(async () => {
  // Waits of a third of a second, instead of half a minute.
  rig = await LocalRig.start({ TRANSHIP_PROPAGATION_MS: '6000' });
  await rig.fill(await rig.container('source', 'data'), numbered(3));
  await rig.container('target', 'later');
});
afterAll(() => rig.stop());
afterEach(() => rig.admin('PUT', 'roles', appRoles));

describe('a role that takes its time', () => {
  const request = () => ({ source: rig.url('source', 'data'), destination: rig.url('target', 'later/') });

  it.each([
    ['read', 'destination', 'target'],
    ['write', 'destination', 'target'],
    ['read', 'source', 'source'],
  ])(
    'to %s at the %s is waited for on the board, and then the job does its work',
    async (action, side, account) => {
      const to = `later-${action}-${side}`;
      await rig.container('target', to);
      await takeRight(rig, account, action);
      const id = await rig.startJob({ ...request(), destination: rig.url('target', `${to}/`) });
      await until('the job waits', async () => (await rig.job(id)).reasonCode === 'role-propagating');
      expect(await rig.job(id)).toMatchObject({
        status: 'Queued',
        reason: `waiting for a role at the ${side} to take effect, for at most 1 min`,
      });
      await rig.admin('PUT', 'roles', appRoles);
      const job = await rig.settled(id);
      expect([job.status, job.counts.copied, job.reason]).toEqual(['Completed', 3, undefined]);
    },
  );

  it('is waited for ten minutes at most, and then the job says which is missing, and has tried no object', async () => {
    await takeRight(rig, 'target', 'write');
    await rig.clearJournal();
    const id = await rig.startJob(request());
    const job = await rig.settled(id);
    expect([job.status, job.reasonCode, job.counts.copied]).toEqual([
      'Failed',
      'destination-role-missing',
      0,
    ]);
    const sent = (await rig.requests()).map(({ operation }) => operation);
    expect(sent.filter((name) => name === 'SetBlobMetadata').length).toBeGreaterThan(10);
    expect(sent).not.toContain('PutBlobFromUrl');
  });

  it('does not keep a job from being cancelled', async () => {
    await takeRight(rig, 'source', 'read');
    const id = await rig.startJob(request());
    await until('the job waits', async () => (await rig.job(id)).reasonCode === 'role-propagating');
    await rig.call('POST', `jobs/${id}/cancel`);
    expect((await rig.settled(id)).status).toBe('Cancelled');
  });
});
