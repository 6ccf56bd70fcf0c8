import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { appRoles } from '../../src/localhost/app-environment.js';
import { LocalRig, numbered } from '../support/local-rig.js';
import type { ScanResult } from '../support/scan-secrets.js';
import { canaryFolder, plantCanaries, scanState } from '../support/state-secrets.js';

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

/** What the clouds below the folder keep secret, all that looks like a secret, and the signature of this test. */
function scan(): ScanResult {
  return scanState(folder, { 'the planted signature': decodeURIComponent(planted) });
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
  const signature = join(folder, 'logs', 'canary.log');
  writeFileSync(signature, `GET ${sas}`);
  const canaries = plantCanaries(folder);
  const { findings } = scan();
  expect(canaries.length).toBeGreaterThan(10);
  for (const canary of canaries) expect(findings).toContainEqual(canary);
  expect(findings).toContainEqual({ file: join('logs', 'canary.log'), what: 'the planted signature' });
  rmSync(signature);
  rmSync(join(folder, canaryFolder), { recursive: true });
  expect(scan().findings).toEqual([]);
});

it('a file that may hold its own secrets may not hold others', () => {
  const file = join(folder, 'cloud', 'cloud.json');
  const own = readFileSync(file, 'utf8');
  const bearer = `Bearer ${'q'.repeat(30)}`;
  writeFileSync(file, JSON.stringify({ ...(JSON.parse(own) as object), note: bearer }));
  expect(scan().findings).toEqual([{ file: join('cloud', 'cloud.json'), what: 'a bearer token' }]);
  writeFileSync(file, own);
});
