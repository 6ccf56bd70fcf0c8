import { afterAll, beforeAll, expect, it } from 'vitest';
import { oddNames } from '../../src/localhost/demo/odd-names.js';
import { LocalRig } from '../support/local-rig.js';

let rig: LocalRig;
beforeAll(async () => {
  rig = await LocalRig.start();
});
afterAll(() => rig.stop());

/** 340 characters of four bytes each: 4,080 characters once they are percent-encoded. */
const tooLong = 'too-long/'.concat('\u{1f600}'.repeat(340));

it('odd names are copied, listed, reported and retried exactly', async () => {
  expect(oddNames.length).toBeGreaterThanOrEqual(60);
  const from = await rig.container('source', 'odd');
  const to = await rig.container('target', 'odd');
  await rig.fill(from, [...oddNames, tooLong]);

  // The role to write is taken away first, so that every name also goes through a failure, a report and a retry.
  const { roles } = (await rig.admin('GET', 'roles')) as {
    roles: readonly { account: string; actions: string[] }[];
  };
  await rig.admin(
    'PUT',
    'roles',
    roles.map((role) => (role.account === 'target' ? { ...role, actions: ['read', 'tags'] } : role)),
  );
  const refused = await rig.run({ source: rig.url('source', 'odd'), destination: rig.url('target', 'odd') });
  await rig.admin('PUT', 'roles', roles);
  expect(['Failed', 'CompletedWithErrors']).toContain(refused.status);
  expect(refused.counts.failed + refused.counts.notAttempted).toBe(oddNames.length + 1);

  const reported = await rig.report(refused.id);
  expect(reported.map((line) => line.key).sort()).toEqual([...oddNames, tooLong].sort());

  const retried = await rig.call('POST', `jobs/${refused.id}/retry`);
  expect(retried.status).toBe(202);
  const job = await rig.settled(retried.body['id'] as string);
  expect(job.status).toBe('CompletedWithErrors');
  expect(job.counts).toMatchObject({ planned: oddNames.length + 1, copied: oddNames.length, failed: 1 });

  const lines = await rig.report(job.id);
  expect(
    lines
      .filter((line) => line.outcome === 'copied')
      .map((line) => line.key)
      .sort(),
  ).toEqual([...oddNames].sort());
  expect(lines.find((line) => line.key === tooLong)).toMatchObject({
    outcome: 'failed',
    reason: 'copy-source-too-long',
    advice: expect.stringMatching(/./) as string,
  });
  const copied = await rig.list(to);
  expect([...copied.keys()].sort()).toEqual([...oddNames].sort());
  for (const name of oddNames) {
    const content = await to.blob(name).downloadToBuffer();
    expect(content.toString()).toBe(name);
  }

  const again = await rig.run({ source: rig.url('source', 'odd'), destination: rig.url('target', 'odd') });
  expect(again.counts).toMatchObject({ copied: 0, skipped: oddNames.length, failed: 1 });
});

it('a name that no URL can carry is reported so', async () => {
  await rig.container('source', 'list');
  await rig.container('target', 'list');
  const job = await rig.run({
    source: rig.url('source', 'list/'),
    destination: rig.url('target', 'list/'),
    listOfFiles: ['..', '.', 'missing'],
  });
  expect(job.counts).toMatchObject({ planned: 3, failed: 3 });
  const reasons = (await rig.report(job.id)).map((line) => [line.key, line.reason]);
  expect(Object.fromEntries(reasons)).toEqual({
    '..': 'name-not-addressable',
    '.': 'name-not-addressable',
    missing: 'source-not-found',
  });
});
