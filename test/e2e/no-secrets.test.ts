import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { appRoles, hostAccount } from '../../src/localhost/app-environment.js';
import { LocalRig, numbered } from '../support/local-rig.js';
import { scanSecrets, type ScanResult } from '../support/scan-secrets.js';

/** A signature that the test puts wherever somebody might log it. */
const planted = 'c2VjcmV0LXRoYXQtbXVzdC1ub3Qtc3RheS1hbnl3aGU%3D';
const sas = `https://a.blob.core.windows.net/c?sv=2025-01-05&sp=r&sig=${planted}`;

let rig: LocalRig;
let folder: string;
beforeAll(async () => {
  rig = await LocalRig.start();
  folder = rig.local.localJson.stateDirectory;
});
afterAll(() => rig.stop());

interface CloudSecrets {
  readonly tokenSecret: string;
  readonly identityHeader: string;
  readonly keys: Readonly<Record<string, string>>;
}

function secretsOfRun(): Record<string, string> {
  const cloud = JSON.parse(readFileSync(join(folder, 'cloud/cloud.json'), 'utf8')) as CloudSecrets;
  return {
    'the secret that signs tokens': cloud.tokenSecret,
    'the identity header': cloud.identityHeader,
    ...Object.fromEntries(Object.entries(cloud.keys).map(([name, key]) => [`the key of ${name}`, key])),
    'the planted signature': decodeURIComponent(planted),
  };
}

/** Why each may hold secrets: it is where they are kept, readable by its owner only. */
const exempt = [
  'local.json', // tells people and tools the keys of the emulated accounts
  'cloud/cloud.json', // the emulated cloud's own: keys, and what signs its tokens
  'cloud/cloud-key.pem', // private key of its certificate
];

function scan(): ScanResult {
  return scanSecrets(folder, { secrets: secretsOfRun(), exempt });
}

it('after jobs that failed in many ways nothing on disk holds a token, a key or a signature', async () => {
  const from = await rig.container('source', 'data');
  await rig.container('target', 'data');
  await rig.fill(from, [...numbered(40), 'code=DE/part-0', 'sig=1/x', 'Bearer of news.txt']);
  const request = { source: rig.url('source', 'data/'), destination: rig.url('target', 'data/') };
  const fault = { message: `see ${sas} Bearer ${'x'.repeat(40)}`, headers: { 'x-ms-error-source': sas } };

  // Refused before anything begins: SAS, keys and tokens in every field.
  await rig.call('POST', 'jobs', { ...request, source: `${request.source}?sv=1&sig=${planted}` });
  await rig.call(
    'POST',
    `jobs?code=${planted}`,
    { ...request, [sas]: sas },
    { authorization: `Bearer ${planted}` },
  );
  await rig.call('POST', 'jobs', `{"source": "${sas}"`);
  await rig.call('GET', `jobs/${planted.toLowerCase().replace(/[^a-z0-9]/g, '')}`);
  await rig.call('GET', `jobs?continuation=${encodeURIComponent(sas)}`);

  const outcomes: string[] = [];
  const runWith = async (rules: readonly object[], more: Record<string, unknown> = {}): Promise<void> => {
    await rig.admin('DELETE', 'faults');
    await rig.admin(
      'POST',
      'faults',
      rules.map((rule) => ({ ...fault, ...rule })),
    );
    outcomes.push((await rig.run({ ...request, overwrite: 'always', ...more })).status);
    await rig.admin('DELETE', 'faults');
  };
  const put = { account: 'target', operation: 'PutBlobFromUrl' };
  await runWith([{ ...put, status: 403, code: 'AuthorizationFailure', times: 3 }]);
  await runWith([{ ...put, status: 400, code: 'InvalidHeaderValue', path: '00001' }]);
  await runWith([{ ...put, status: 409, code: 'LeaseIdMissing', path: '00002' }]);
  await runWith([
    { ...put, status: 500, code: 'InternalError', times: 5 },
    { ...put, reset: 'after', times: 3 },
  ]);
  await runWith([{ side: 'source', account: 'source', status: 404, code: 'BlobNotFound', path: '00003' }]);
  await runWith([
    { account: 'source', operation: 'ListBlobs', status: 401, code: 'InvalidAuthenticationInfo' },
  ]);
  // An identity that may not write, and one that gets no token.
  await rig.admin(
    'PUT',
    'roles',
    appRoles.filter(({ account }) => account !== 'target'),
  );
  await runWith([]);
  await rig.admin('PUT', 'roles', appRoles);
  expect(new Set(outcomes)).toEqual(new Set(['Failed', 'CompletedWithErrors', 'Completed']));
  expect((await rig.run(request)).status).toBe('Completed');

  const { findings, files, bytes, unpacked } = scan();
  console.info(
    `${String(files)} files, ${String(bytes)} bytes, ${String(unpacked)} unpacked, jobs: ${outcomes.join(' ')}`,
  );
  expect(findings).toEqual([]);
  // The scan has seen what it should: the journal, the logs, and the state container in the emulator's files.
  const seen = globSync('**/*', { cwd: folder });
  for (const part of ['logs/host.log', 'logs/cloud.log', 'host/durable', 'cloud/azurite']) {
    expect(seen.filter((file) => file.startsWith(part))).not.toEqual([]);
  }
  expect(unpacked).toBeGreaterThan(outcomes.length);
});

it('the same scan finds each canary', () => {
  const secrets = secretsOfRun();
  const tokenSecret = secrets['the secret that signs tokens'] ?? '';
  const key = secrets[`the key of ${hostAccount}`] ?? '';
  const jwt = `eyJ${'a'.repeat(20)}.eyJ${'b'.repeat(20)}.c`;
  const canaries: Readonly<Record<string, readonly [content: string | Buffer, what: string]>> = {
    'host/durable/canary.journal': [`{"input":"${jwt}"}`, 'a token'],
    'logs/canary.log': [`GET ${sas}`, 'the planted signature'],
    'cloud/azurite/canary-plain': [`..${key}..`, `the key of ${hostAccount}`],
    'cloud/azurite/canary-packed': [
      Buffer.concat([Buffer.from('other blob'), gzipSync(`{"k":"${key}"}\n`), Buffer.from('next blob')]),
      `the key of ${hostAccount}`,
    ],
    'host/canary-encoded': [Buffer.from(tokenSecret).toString('base64'), 'the secret that signs tokens'],
    'host/canary-bearer': [`authorization: Bearer ${'q'.repeat(30)}`, 'a bearer token'],
    'host/canary-connection': [`AccountName=a;AccountKey=${'Zm9v'.repeat(10)}`, 'an account key'],
    'host/canary-code': [`/api/jobs?code=${'k'.repeat(40)}`, 'a function key'],
  };
  for (const [file, [content]] of Object.entries(canaries)) {
    mkdirSync(join(folder, file, '..'), { recursive: true });
    writeFileSync(join(folder, file), content);
  }
  const { findings } = scan();
  for (const [file, [, what]] of Object.entries(canaries)) {
    expect(findings).toContainEqual({ file, what });
    rmSync(join(folder, file));
  }
  expect(scan().findings).toEqual([]);
});
