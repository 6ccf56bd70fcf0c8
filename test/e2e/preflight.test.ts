import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { preflightSchema } from '../../src/functions/http/response-schemas.js';
import { appIdentity, appRoles, hostAccount } from '../../src/localhost/app-environment.js';
import { LocalRig, numbered } from '../support/local-rig.js';
import { takeRight } from '../support/role-faults.js';

let rig: LocalRig;
beforeAll(async () => {
  rig = await LocalRig.start();
  const from = await rig.container('source', 'data');
  await rig.container('source', 'empty');
  await rig.container('target', 'data');
  await rig.fill(from, numbered(3));
});
afterAll(() => rig.stop());
afterEach(async () => {
  await rig.admin('PUT', 'roles', appRoles);
  await rig.admin('DELETE', 'faults');
});

type Preflight = z.infer<typeof preflightSchema>;
type Finding = Preflight['findings'][number];

const makingPlaces = () => ({ source: rig.url('source', 'data'), destination: rig.url('target', 'data') });

async function ask(more: Record<string, unknown> = {}, container = 'data'): Promise<Preflight> {
  const reply = await rig.call('POST', 'preflight', {
    ...makingPlaces(),
    source: rig.url('source', container),
    mirror: true,
    ...more,
  });
  expect(reply.status).toBe(200);
  return preflightSchema.parse(reply.body);
}

function faults({ findings }: Preflight): readonly Finding[] {
  return findings.filter(({ ok }) => ok === false);
}

/** The command that gives a role at a container, as the app must name itself and the place. */
function command(role: string, account: string, container = 'data'): string {
  const scope = `$(az storage account show --name ${account} --query id --output tsv)/blobServices/default/containers/${container}`;
  return `az role assignment create --assignee-object-id ${appIdentity.objectId} --assignee-principal-type ServicePrincipal --role "${role}" --scope "${scope}"`;
}

describe('a preflight', () => {
  it('proves every right of a mirror, and leaves nothing behind', async () => {
    await rig.clearJournal();
    const found = await ask();
    expect(found.ok).toBe(true);
    expect(found.identities).toMatchObject([
      {
        usedFor: ['app', 'source', 'destination'],
        objectId: appIdentity.objectId,
        principalType: 'ServicePrincipal',
      },
    ]);
    expect(found.findings.map(({ side, check, ok }) => `${side} ${check} ${String(ok)}`)).toEqual([
      'source list true',
      'source read true',
      'source tags true',
      'source delegate true',
      'destination list true',
      'destination tags true',
      'destination write true',
      'destination copy true',
      'destination writeTags true',
      'destination delete true',
    ]);
    const requests = (await rig.requests()).filter(({ account }) => account !== hostAccount);
    console.info(`a preflight of a mirror: ${requests.map(({ operation }) => operation).join(', ')}`);
    expect(requests.length).toBeLessThanOrEqual(9);
    expect(await rig.list(await rig.container('target', 'data'))).toEqual(new Map());
  });

  it('of a source without objects proves the same', async () => {
    const found = await ask({}, 'empty');
    expect([found.ok, faults(found)]).toEqual([true, []]);
    expect(found.findings.map(({ ok }) => ok)).not.toContain(null);
  });

  it('of a dry run writes nothing and asks for no right to write', async () => {
    await takeRight(rig, 'target', 'write');
    await rig.clearJournal();
    expect((await ask({ dryRun: true })).ok).toBe(true);
    const operations = (await rig.requests()).map(({ operation }) => operation);
    expect(operations.filter((name) => /^(Put|Delete)/.test(name))).toEqual([]);
  });

  it('of a copy asks for no right to delete', async () => {
    await takeRight(rig, 'target', 'delete');
    expect((await ask({ mirror: false })).ok).toBe(true);
  });

  it.each([
    ['source', 'read', 'list', 'Storage Blob Data Reader', true],
    ['source', 'tags', 'tags', 'Storage Blob Data Owner', false],
    ['target', 'read', 'list', 'Storage Blob Data Reader', true],
    ['target', 'tags', 'tags', 'Storage Blob Data Owner', false],
    ['target', 'write', 'write', 'Storage Blob Data Contributor', true],
    ['target', 'delete', 'delete', 'Storage Blob Data Contributor', true],
  ])(
    'without the right of %s to %s names exactly that, and the command',
    async (account, action, check, role, required) => {
      await takeRight(rig, account, action);
      for (const container of account === 'source' ? ['data'] : ['data', 'empty']) {
        const found = await ask({}, container);
        const side = account === 'source' ? 'source' : 'destination';
        expect(found.ok).toBe(!required);
        expect(faults(found)).toMatchObject([
          { side, check, required, code: 'role-missing', command: command(role, account) },
        ]);
      }
    },
  );

  it('tells a firewall from a role, on either side', async () => {
    for (const [account, side] of [
      ['source', 'source'],
      ['target', 'destination'],
    ] as const) {
      await rig.admin('DELETE', 'faults');
      await rig.admin('POST', 'faults', [
        { account, side: 'client', status: 403, code: 'AuthorizationFailure' },
      ]);
      const [first, ...others] = faults(await ask());
      expect(first).toMatchObject({ side, check: 'list', code: 'firewall' });
      expect(first?.command).toContain(`az storage account network-rule add --account-name ${account} `);
      expect(others).toEqual([]);
    }
  });

  it("tells the source's firewall against the destination from one against the app", async () => {
    await rig.admin('POST', 'faults', [
      { account: 'source', side: 'source', status: 403, code: 'AuthorizationFailure' },
    ]);
    expect(faults(await ask())).toMatchObject([{ side: 'source', check: 'copy', code: 'source-firewall' }]);
  });

  it.each([
    [
      'a copy scope',
      { account: 'target', hasCopySource: true, status: 403, code: 'AuthorizationFailure' },
      'copy-scope',
    ],
    ['a disabled account', { account: 'target', status: 403, code: 'AccountIsDisabled' }, 'account-disabled'],
    ['another tenant', { account: 'target', status: 401, code: 'InvalidAuthenticationInfo' }, 'wrong-tenant'],
    ['an account that nobody reaches', { account: 'target', reset: 'before' }, 'unreachable'],
  ])('knows %s', async (_, fault, code) => {
    await rig.admin('POST', 'faults', [fault]);
    expect(faults(await ask())).toMatchObject([{ side: 'destination', code }]);
  });

  it('knows a container that is not there, and what makes it', async () => {
    const found = await ask({ destination: rig.url('target', 'nowhere') });
    expect(faults(found)).toMatchObject([
      {
        check: 'list',
        side: 'destination',
        code: 'container-not-found',
        command: 'az storage container create --account-name target --name nowhere --auth-mode login',
      },
    ]);
    const making = { destination: rig.url('target', 'nowhere'), createContainers: true };
    const made = await ask(making);
    expect([made.ok, faults(made)]).toEqual([true, []]);
    expect(made.findings).toContainEqual(expect.objectContaining({ check: 'makeContainer', ok: true }));
    await takeRight(rig, 'target', 'write');
    expect(faults(await ask(making))).toMatchObject([
      {
        check: 'makeContainer',
        code: 'role-missing',
        command: expect.stringContaining(
          '--scope "$(az storage account show --name target --query id --output tsv)"',
        ) as string,
      },
    ]);
    expect(
      (await rig.call('POST', 'preflight', { ...makingPlaces(), ...making, dryRun: true })).body,
    ).toMatchObject({ ok: true });
  });

  it('of a whole account asks about each container, and says once what holds for all', async () => {
    await rig.container('target', 'empty');
    const all = { source: rig.url('source'), destination: rig.url('target'), mirror: false };
    const proven = await ask(all);
    expect([proven.ok, faults(proven)]).toEqual([true, []]);
    expect(new Set(proven.findings.map(({ container }) => container))).toEqual(new Set([undefined]));
    // Reader and contributor of one container only, besides what they have of the account for the other side.
    const scoped = appRoles.filter(({ account }) => account !== 'target');
    const target = appRoles.filter(({ account }) => account === 'target');
    await rig.admin('PUT', 'roles', [...scoped, ...target.map((role) => ({ ...role, container: 'data' }))]);
    const found = await ask(all);
    expect(found.ok).toBe(false);
    expect(new Set(faults(found).map(({ container }) => container))).toEqual(new Set(['empty']));
    expect(faults(found)).toContainEqual(
      expect.objectContaining({
        check: 'write',
        command: command('Storage Blob Data Contributor', 'target', 'empty'),
      }),
    );
  });

  it('names the one who lacks a role, where each side has an identity of its own', async () => {
    const reader = { objectId: 'oid-reader', clientId: 'cid-reader', resourceId: '/identities/reader' };
    const own = await LocalRig.start({ TRANSHIP_SOURCE_IDENTITY: `client-id:${reader.clientId}` });
    try {
      await own.admin('PUT', 'identity', { identities: [appIdentity, reader] });
      await own.fill(await own.container('source', 'data'), numbered(1));
      await own.container('target', 'data');
      const places = { source: own.url('source', 'data'), destination: own.url('target', 'data') };
      const reply = await own.call('POST', 'preflight', places);
      const found = preflightSchema.parse(reply.body);
      expect(found.identities).toMatchObject([
        { usedFor: ['app', 'destination'], objectId: appIdentity.objectId },
        { usedFor: ['source'], objectId: reader.objectId },
      ]);
      expect(faults(found)).toMatchObject([
        {
          side: 'source',
          check: 'list',
          code: 'role-missing',
          command: expect.stringContaining('--assignee-object-id oid-reader ') as string,
        },
      ]);
    } finally {
      await own.stop();
    }
  });

  it('of a job that is there asks for what that job needs', async () => {
    const job = await rig.startJob({
      source: rig.url('source', 'data'),
      destination: rig.url('target', 'data'),
    });
    await rig.settled(job);
    const reply = await rig.call('POST', 'preflight', { job });
    expect(preflightSchema.parse(reply.body)).toMatchObject({ ok: true });
    expect((await rig.call('POST', 'preflight', { job: 'zzzzzzzz' })).status).toBe(404);
  });
});
