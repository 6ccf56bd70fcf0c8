import { afterAll, beforeAll, expect, it } from 'vitest';
import { appIdentity, appRoles } from '../../src/localhost/app-environment.js';
import { LocalRig, numbered } from '../support/local-rig.js';

const reader = { objectId: 'oid-reader', clientId: 'cid-reader', resourceId: '/identities/reader' };
const writer = { objectId: 'oid-writer', clientId: 'cid-writer', resourceId: '/identities/writer' };

let rig: LocalRig;
beforeAll(async () => {
  rig = await LocalRig.start({
    TRANSHIP_SOURCE_IDENTITY: `client-id:${reader.clientId}`,
    TRANSHIP_DESTINATION_IDENTITY: `resource-id:${writer.resourceId}`,
  });
  await rig.admin('PUT', 'identity', { identities: [appIdentity, reader, writer] });
});
afterAll(() => rig.stop());

/** The usual roles, each account's with the identity of its side. */
function roles(source: string, target: string): unknown {
  const holders: Readonly<Record<string, string>> = { source, target };
  return appRoles.map((role) => ({ ...role, identity: holders[role.account] ?? appIdentity.objectId }));
}

it('each side is asked by its own identity only, which needs no role on the other side', async () => {
  await rig.admin('PUT', 'roles', roles(reader.objectId, writer.objectId));
  await rig.fill(await rig.container('source', 'data'), numbered(20));
  await rig.container('target', 'data');
  await rig.clearJournal();
  const job = await rig.run({ source: rig.url('source', 'data/'), destination: rig.url('target', 'data/') });
  expect([job.status, job.counts.copied]).toEqual(['Completed', 20]);
  const callersOf = async (account: string): Promise<readonly string[]> => {
    const { entries } = await rig.admin('GET', `journal?account=${account}&limit=50000`);
    return [...new Set((entries as { caller?: string }[]).map(({ caller = 'nobody' }) => caller))];
  };
  expect(await callersOf('source')).toEqual([reader.objectId]);
  expect(await callersOf('target')).toEqual([writer.objectId]);
});

it('GET /api/identity says who is who, without a token', async () => {
  const { body } = await rig.call('GET', 'identity');
  expect(body['identities']).toMatchObject([
    { usedFor: ['app'], kind: 'system-assigned', ready: true, objectId: appIdentity.objectId },
    { usedFor: ['source'], kind: 'user-assigned', ready: true, clientId: reader.clientId },
    { usedFor: ['destination'], kind: 'user-assigned', ready: true, objectId: writer.objectId },
  ]);
  expect(JSON.stringify(body)).not.toContain('eyJ');
});

it('a side whose identity has no role there fails with the advice to give it one', async () => {
  await rig.admin('PUT', 'roles', roles(writer.objectId, writer.objectId));
  const job = await rig.run({ source: rig.url('source', 'data/'), destination: rig.url('target', 'other/') });
  expect([job.status, job.reasonCode]).toEqual(['Failed', 'source-role-missing']);
});
