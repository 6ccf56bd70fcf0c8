import { globSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { createAccess } from '../../../../src/functions/http/access.js';
import { appRoles, hasRole, type AppRole } from '../../../../src/functions/http/caller.js';
import { problemSchema } from '../../../../src/functions/http/response-schemas.js';
import type { Route } from '../../../../src/functions/http/route.js';
import { routes } from '../../../../src/functions/http/routes.js';
import type { EntraSettings } from '../../../../src/runtime/auth-settings.js';
import { createTokenVerifier } from '../../../../src/runtime/token-verifier.js';
import {
  audience,
  caller,
  createTokenMint,
  otherTenant,
  tenant,
  type TokenMint,
} from '../../../support/token-mint.js';
import { type Bench, createBench, from, to } from './api-bench.js';

let mint: TokenMint;
beforeAll(async () => {
  mint = await createTokenMint();
});

const nowMs = Date.UTC(2026, 0, 1);
const settings: EntraSettings = {
  kind: 'entra',
  tenant,
  audiences: [audience],
  authority: 'https://login.microsoftonline.com',
  byPlatform: false,
};

function benchWith(changes: Partial<EntraSettings> = {}, keys = mint.keys): Bench {
  const wanted = { ...settings, ...changes };
  return createBench(createAccess(wanted, createTokenVerifier(wanted, keys, { now: () => nowMs })));
}

const guarded = routes.filter(({ access }) => access !== 'anonymous');
const open = routes.filter(({ access }) => access === 'anonymous');
const pathOf = (route: Route): string => `/api/${route.path.replaceAll(/\{\w+\}/g, 'aaaaaaaa')}`;
const named = (list: readonly Route[]): [string, Route][] => list.map((route) => [route.name, route]);
const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

/** What App Service authentication writes, here by a hand of its own. */
function principal(roles: readonly string[], ofTenant = tenant, provider = 'aad'): Record<string, string> {
  const claims = [
    { typ: 'http://schemas.microsoft.com/identity/claims/tenantid', val: ofTenant },
    { typ: 'http://schemas.microsoft.com/identity/claims/objectidentifier', val: caller },
    { typ: 'name', val: 'Somebody' },
    ...roles.map((val) => ({ typ: 'roles', val })),
  ];
  const text = JSON.stringify({ auth_typ: provider, role_typ: 'roles', claims });
  return {
    'x-ms-client-principal': Buffer.from(text).toString('base64'),
    'x-ms-client-principal-id': caller,
  };
}

/** Ways to come in that must not let anybody in: what is sent, and what the answer says. */
const intruders: readonly (readonly [string, () => Promise<Record<string, string>>, string])[] = [
  ['no token', () => Promise.resolve({}), 'has no token'],
  ['a forged platform header', () => Promise.resolve(principal([...appRoles])), 'has no token'],
  ['a function key', () => Promise.resolve({ 'x-functions-key': 'key' }), 'has no token'],
  ['another scheme', () => Promise.resolve({ authorization: 'Basic YTpi' }), 'no bearer token'],
  ['no JSON web token', () => Promise.resolve(bearer('abc')), 'not a signed JSON web token'],
  ['an endless token', () => Promise.resolve(bearer('a'.repeat(20_000))), 'not a signed JSON web token'],
  ['alg none', () => Promise.resolve(bearer(mint.unsigned(nowMs, appRoles))), 'not signed by RS256'],
  [
    'the public key as a secret',
    async () => bearer(await mint.symmetric(nowMs, appRoles)),
    'not signed by RS256',
  ],
  ...(
    [
      ['a wrong audience', { audience: 'https://storage.azure.com' }, 'for another API'],
      ['a wrong tenant', { tenant: otherTenant }, 'another tenant'],
      [
        'a wrong tenant under our issuer',
        { tenant: otherTenant, issuer: `https://sts.windows.net/${tenant}/` },
        'of another tenant',
      ],
      ['a wrong issuer', { issuer: `https://evil.example/${tenant}/` }, 'another tenant or authority'],
      ['an expired token', { expires: -61 }, 'has expired'],
      ['a token of tomorrow', { notBefore: 61 }, 'not valid yet'],
      ['a wrong key', { wrongKey: true }, 'signature'],
      ['an unknown key id', { keyId: 'key-2' }, 'key that the tenant does not have'],
      ['no end', { without: 'exp' }, 'lacks a claim'],
      ['no begin', { without: 'nbf' }, 'lacks a claim'],
      ['no tenant', { without: 'tid' }, 'lacks a claim'],
      ['nobody', { without: 'oid' }, 'lacks a claim'],
    ] as const
  ).map(
    ([name, traits, text]) =>
      [name, async () => bearer(await mint.token(nowMs, { roles: appRoles, ...traits })), text] as const,
  ),
];

describe.each(named(guarded))('%s', (_, route) => {
  it.each(intruders)('is closed to %s', async (__, headers, detail) => {
    const bench = benchWith();
    const reply = await bench.call(route.method, pathOf(route), { headers: await headers() });
    const problem = problemSchema.parse(reply.json());
    expect([reply.status, problem.type]).toEqual([401, 'urn:tranship:problem:unauthenticated']);
    expect(problem.detail).toContain(detail);
    expect(problem.advice).toContain(`--resource ${audience}`);
    expect(reply.headers['www-authenticate']).toContain(`https://login.microsoftonline.com/${tenant}`);
    expect(bench.started).toEqual([]);
  });

  it.each<readonly string[]>(
    [[], ...appRoles.map((role) => [role]), ['Copy.Everything', 'copy.admin']].map((roles) => [
      roles.join(' '),
    ]),
  )('lets the roles "%s" in exactly when one of them includes what it needs', async (text) => {
    const roles = text.split(' ');
    const token = await mint.token(nowMs, { roles });
    const reply = await benchWith().call(route.method, pathOf(route), { headers: bearer(token) });
    const needed = appRoles.indexOf(route.access as AppRole);
    const enough = roles.some((role) => appRoles.indexOf(role as AppRole) >= needed);
    expect(reply.status === 403).toBe(!enough);
    expect(reply.status).not.toBe(401);
    if (!enough) {
      expect(reply.json()).toMatchObject({ detail: expect.stringContaining(route.access) as string });
      expect(reply.headers['www-authenticate']).toContain('insufficient_scope');
    }
  });

  it('needs a role that its kind of change deserves', () => {
    const reads = route.method === 'GET';
    expect(route.access).toBe(
      reads ? 'Copy.Read' : route.name === 'approveJob' ? 'Copy.Admin' : 'Copy.Operate',
    );
  });
});

it('every HTTP function of the app is in the table that is tried here, and nobody else may be asked nothing', () => {
  const registered = globSync('src/**/*.ts').filter((file) =>
    /\bapp\.(?:http|get|post|put|patch|deleteRequest|generic)\(/.test(readFileSync(file, 'utf8')),
  );
  expect(registered).toEqual(['src/functions/http/register.ts']);
  expect(readFileSync('src/functions/http/register.ts', 'utf8')).toContain('for (const route of routes)');
  expect(new Set(guarded.map(({ access }) => access))).toEqual(new Set(appRoles));
  expect(open.map(({ name }) => name).sort()).toEqual(['health', 'openapi']);
});

describe('who calls', () => {
  it.each(named(open))('%s asks nobody', async (_, route) => {
    expect((await benchWith().call(route.method, pathOf(route))).status).toBe(200);
  });

  it('takes both issuers of the tenant, and clocks that differ by less than a minute', async () => {
    const issuer = `https://login.microsoftonline.com/${tenant}/v2.0`;
    for (const traits of [{ issuer }, { expires: -59 }, { notBefore: 59 }]) {
      const token = await mint.token(nowMs, { roles: ['Copy.Read'], ...traits });
      expect((await benchWith().call('GET', '/api/jobs', { headers: bearer(token) })).status).toBe(200);
    }
  });

  it('believes the platform when the platform checks, and its roles decide', async () => {
    const bench = benchWith({ byPlatform: true });
    const ask = (headers: Record<string, string>, method: 'GET' | 'POST' = 'GET') =>
      bench.call(method, method === 'GET' ? '/api/jobs' : '/api/jobs/aaaaaaaa/pause', { headers });
    expect((await ask(principal(['Copy.Read']))).status).toBe(200);
    expect((await ask(principal(['Copy.Read']), 'POST')).status).toBe(403);
    expect((await ask(principal(['Copy.Operate']), 'POST')).status).toBe(404);
    expect((await ask(principal(['Copy.Admin'], otherTenant))).status).toBe(401);
    expect((await ask(principal(['Copy.Admin'], tenant, 'github'))).status).toBe(401);
    expect((await ask({ 'x-ms-client-principal': 'bm90IGpzb24=' })).status).toBe(401);
  });

  it("takes a token over the platform's header, so that a bad one is not healed by it", async () => {
    const token = await mint.token(nowMs, { expires: -61, roles: ['Copy.Admin'] });
    const headers = { ...principal(['Copy.Admin']), ...bearer(token) };
    expect((await benchWith({ byPlatform: true }).call('GET', '/api/jobs', { headers })).status).toBe(401);
  });

  it("refuses changes that another site sends with a person's cookie", async () => {
    const headers = { ...principal(['Copy.Admin']), 'sec-fetch-site': 'cross-site' };
    const reply = await benchWith({ byPlatform: true }).call('POST', '/api/jobs/aaaaaaaa/cancel', {
      headers,
    });
    expect([reply.status, reply.json()['detail']]).toEqual([403, 'another web site has sent this request']);
  });

  it('is 503, not open and not 401, while the keys of the tenant cannot be had', async () => {
    const keys = () => Promise.reject(new TypeError('fetch failed'));
    const headers = bearer(await mint.token(nowMs, { roles: ['Copy.Admin'] }));
    const reply = await benchWith({}, keys as unknown as TokenMint['keys']).call('GET', '/api/jobs', {
      headers,
    });
    expect([reply.status, reply.headers['retry-after']]).toEqual([503, '10']);
  });

  it('is anybody on loopback, and nobody elsewhere, when nobody is asked', async () => {
    const bench = createBench(createAccess({ kind: 'none' }, undefined));
    expect((await bench.call('GET', 'http://127.0.0.1:7071/api/jobs')).status).toBe(200);
    expect((await bench.call('GET', 'http://localhost:7071/api/jobs')).status).toBe(200);
    expect((await bench.call('GET', 'https://app.azurewebsites.net/api/jobs')).status).toBe(401);
  });

  it('has every role with a function key, which the host has checked', () => {
    expect(appRoles.every((role) => hasRole({ kind: 'key', id: 'key' }, role))).toBe(true);
  });
});

describe('a mirror', () => {
  const mirror = { source: `${from}/data/`, destination: `${to}/copy/`, mirror: true };
  const start = async (body: object, role: AppRole) => {
    const token = await mint.token(nowMs, { roles: [role] });
    return (await benchWith().post('/api/jobs', body, bearer(token))).status;
  };

  it('that deletes by itself is started by an admin only', async () => {
    expect(await start(mirror, 'Copy.Operate')).toBe(403);
    expect(await start(mirror, 'Copy.Admin')).toBe(202);
  });

  it('that only plans, or waits for approval, is started by an operator', async () => {
    expect(await start({ ...mirror, dryRun: true }, 'Copy.Operate')).toBe(202);
    expect(await start({ ...mirror, approve: true }, 'Copy.Operate')).toBe(202);
    expect(await start({ ...mirror, mirror: false }, 'Copy.Operate')).toBe(202);
  });
});

describe('the audit event', () => {
  it('tells who did what to which job, and what was asked, of every change', async () => {
    const bench = benchWith();
    const token = await mint.token(nowMs, { roles: ['Copy.Admin'], scope: 'user_impersonation' });
    const body = { source: `${from}/data/`, destination: `${to}/copy/`, set: { metadata: { pin: 'hush' } } };
    const job = (await bench.post('/api/jobs', body, bearer(token))).json()['id'];
    await bench.post(`/api/jobs/${String(job)}/pause`, undefined, bearer(token));
    expect(bench.logged).toMatchObject([
      { event: 'audit', caller, callerKind: 'user', action: 'createJob', status: 202, job },
      { event: 'audit', caller, action: 'pauseJob', status: 202, job },
    ]);
    expect(JSON.parse(String(bench.logged[0]?.['request']))).toMatchObject({
      source: `${from}/data`,
      destination: `${to}/copy`,
      overwrite: 'ifDifferent',
    });
    expect(JSON.stringify(bench.logged)).not.toMatch(/hush|eyJ/);
  });

  it('is written for refused changes too, and never for reading', async () => {
    const bench = benchWith();
    await bench.post('/api/jobs/aaaaaaaa/cancel');
    await bench.call('GET', '/api/jobs');
    expect(bench.logged).toMatchObject([
      { event: 'audit', caller: 'anonymous', action: 'cancelJob', status: 401, job: 'aaaaaaaa' },
    ]);
    expect(bench.logged).toHaveLength(1);
  });

  it('does not believe a header about who calls', async () => {
    const bench = createBench();
    await bench.post('/api/jobs/aaaaaaaa/cancel', undefined, principal(['Copy.Admin']));
    expect(bench.logged).toMatchObject([{ caller: 'key', callerKind: 'key' }]);
  });
});
