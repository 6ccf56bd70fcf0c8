import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { CliContext } from '../../src/cli/context.js';
import { runCli } from '../../src/cli/program.js';
import { appIdentity, appRoles } from '../../src/localhost/app-environment.js';
import { createFakeTools, type FakeTools } from '../support/fake-tools.js';
import { LocalRig, numbered } from '../support/local-rig.js';
import { openStateFolder, type StateFolder } from '../support/state-folder.js';

/** Who has signed in on the laptop. */
const person = { objectId: 'oid-person', clientId: 'cid-person', resourceId: '/people/me' };

// The rig's cloud stands for Azure here; its app has no part in this.
let azure: LocalRig;
let laptop: StateFolder;
let tools: FakeTools;
const toolFolder = mkdtempSync(join(tmpdir(), 'tranship-tools-'));

beforeAll(async () => {
  azure = await LocalRig.start();
  laptop = await openStateFolder('tranship-laptop');
  tools = createFakeTools(join(toolFolder, 'bin'));
  await azure.admin('PUT', 'identity', { identities: [appIdentity, person] });
  const roles = appRoles.filter(({ account }) => account !== 'transhiphost');
  await azure.admin(
    'PUT',
    'roles',
    roles.map((role) => ({ ...role, identity: person.objectId })),
  );
  await azure.fill(await azure.container('source', 'data'), numbered(40));
  await azure.container('target', 'data');
});
afterAll(async () => {
  rmSync(toolFolder, { recursive: true });
  await laptop.close();
  await azure.stop();
});
beforeEach(async () => {
  tools.az(await tokenOf(person.clientId));
  await azure.clearJournal();
});

async function tokenOf(clientId: string): Promise<string> {
  const { identityEndpoint, identityHeader } = azure.local.identity;
  const query = `api-version=2019-08-01&resource=https%3A%2F%2Fstorage.azure.com&client_id=${clientId}`;
  const reply = await fetch(`${identityEndpoint}?${query}`, {
    headers: { 'x-identity-header': identityHeader },
  });
  return ((await reply.json()) as { access_token: string }).access_token;
}

/** `tranship` on the laptop. */
async function tranship(...words: readonly string[]) {
  let stdout = '';
  let stderr = '';
  const context: CliContext = {
    environment: {
      PATH: `${tools.folder}:${process.env['PATH'] ?? ''}`,
      HOME: laptop.path,
      TMPDIR: process.env['TMPDIR'],
      NODE_EXTRA_CA_CERTS: azure.local.localJson.caFile,
    },
    workingDirectory: laptop.path,
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    now: () => Date.now(),
    sleep: (delayMs, signal) => sleep(delayMs, undefined, signal === undefined ? {} : { signal }),
    newId: () => randomUUID(),
    onInterrupt: () => () => undefined,
  };
  const exitCode = await runCli(words, context);
  return { exitCode, stdout, stderr };
}

/** Who has asked the accounts for something. */
async function callersOf(account: string): Promise<readonly string[]> {
  const { entries } = await azure.admin('GET', `journal?account=${account}&limit=50000`);
  return [...new Set((entries as { caller?: string }[]).map(({ caller = 'nobody' }) => caller))];
}

const places = (): [string, string] => [azure.url('source', 'data'), azure.url('target', 'data')];

it("copies between accounts with the person's own sign-in, and keeps the state of jobs on the laptop", async () => {
  const run = await tranship(
    '--local',
    'copy',
    ...places(),
    '--recursive',
    '--as-subdir=false',
    '--output=json',
  );
  expect([run.exitCode, run.stderr.includes('Tranship met a fault')]).toEqual([0, false]);
  const job = JSON.parse(run.stdout) as { id: string; status: string; counts: { copied: number } };
  expect([job.status, job.counts.copied]).toEqual(['Completed', 40]);
  expect((await azure.list(await azure.container('target', 'data'))).size).toBe(40);
  expect(await callersOf('source')).toEqual([person.objectId]);
  // That account is the other app's, which looks into its queue from time to time.
  expect(await callersOf('transhiphost')).not.toContain(person.objectId);
  // The next command finds the job again; nobody has to name accounts for it.
  const show = await tranship('jobs', 'show', job.id, '--local', '--output', 'json');
  expect(JSON.parse(show.stdout)).toMatchObject({ id: job.id, status: 'Completed' });
  const table = JSON.parse(
    await readFile(join(laptop.path, '.tranship/own/accounts.json'), 'utf8'),
  ) as unknown;
  expect(table).toMatchObject([{ name: 'source' }, { name: 'target' }]);
});

it('says who the person is, and what they may not do', async () => {
  await azure.admin('PUT', 'roles', [{ ...appRoles[0], identity: person.objectId }]);
  const doctor = await tranship('doctor', ...places(), '--local');
  expect(doctor.exitCode).toBe(3);
  expect(doctor.stdout).toContain('azure-cli (for sources, destinations)');
  expect(doctor.stdout).toContain(`--assignee-object-id ${person.objectId} `);
});

it('advises to sign in when nobody has', async () => {
  tools.az(undefined);
  const status = await tranship('--local', 'login', 'status');
  expect([status.exitCode, status.stdout.includes('az login')]).toEqual([1, true]);
});

it.each([
  [['--identity', 'system'], 'is an identity of an app in Azure'],
  [['--identity=device-code'], 'az login --use-device-code'],
])('refuses %j with what to do instead', async (words, text) => {
  const run = await tranship('--local', 'jobs', 'list', ...words);
  expect(run.exitCode).toBe(1);
  expect(run.stderr).toContain(text);
});

it('calls no account that is not one of Azure storage', async () => {
  const run = await tranship('--local', 'copy', 'https://evil.example/data', places()[1], '--recursive');
  expect(run.exitCode).toBe(1);
  expect(run.stderr).toContain('https://evil.example is not a configured account');
});
