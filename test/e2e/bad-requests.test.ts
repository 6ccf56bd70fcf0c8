import { afterAll, beforeAll, expect, it } from 'vitest';
import { hostAccount } from '../../src/localhost/app-environment.js';
import { LocalRig, numbered } from '../support/local-rig.js';

let rig: LocalRig;
let running: string;
beforeAll(async () => {
  rig = await LocalRig.start();
  const from = await rig.container('source', 'data');
  await rig.container('target', 'data');
  await rig.fill(from, numbered(3));
  running = await rig.startJob({ source: rig.url('source', 'data'), destination: rig.url('target', 'data') });
  await rig.settled(running);
});
afterAll(() => rig.stop());

/** What is wrong, the request, the status expected, and the field at fault. `S` and `T` stand for the accounts, `F` for the shares of the first. */
const bad: readonly (readonly [string, unknown, number, string | undefined])[] = [
  ['no body', '', 400, undefined],
  ['broken JSON', '{', 400, undefined],
  ['an array', [], 400, undefined],
  ['no source', { destination: 'T/data' }, 400, 'source'],
  ['no destination', { source: 'S/data' }, 400, 'destination'],
  ['a source that is no text', { source: 7, destination: 'T/data' }, 400, 'source'],
  ['an empty source', { source: '', destination: 'T/data' }, 400, 'source'],
  ['no URL', { source: 'data', destination: 'T/data' }, 400, 'source'],
  ['http', { source: 'http://127.0.0.1/source/data', destination: 'T/data' }, 400, 'source'],
  ['a file URL', { source: 'file:///etc/passwd', destination: 'T/data' }, 400, 'source'],
  ['s3', { source: 's3://bucket/key', destination: 'T/data' }, 400, 'source'],
  [
    'another account',
    { source: 'https://other.blob.core.windows.net/data', destination: 'T/data' },
    400,
    'source',
  ],
  ['an IP literal', { source: 'https://10.0.0.1/source/data', destination: 'T/data' }, 400, 'source'],
  [
    'the metadata endpoint',
    { source: 'https://169.254.169.254/source/data', destination: 'T/data' },
    400,
    'source',
  ],
  ['another port', { source: 'https://127.0.0.1:1/source/data', destination: 'T/data' }, 400, 'source'],
  ['user info', { source: 'https://me:pw@127.0.0.1/source/data', destination: 'T/data' }, 400, 'source'],
  ['a SAS', { source: 'S/data?sv=1&sig=c2VjcmV0', destination: 'T/data' }, 400, 'source'],
  ['a fragment', { source: 'S/data#x', destination: 'T/data' }, 400, 'source'],
  ['a way out', { source: 'S/data/../other', destination: 'T/data' }, 400, 'source'],
  ['encoded dots', { source: 'S/%2e%2e/x', destination: 'T/data' }, 400, 'source'],
  ['bad encoding', { source: 'S/data/%zz', destination: 'T/data' }, 400, 'source'],
  ['a bad container name', { source: 'S/Data', destination: 'T/data' }, 400, 'source'],
  ['a wildcard in the middle', { source: 'S/data/*/x', destination: 'T/data' }, 400, 'source'],
  ['a wildcard at the destination', { source: 'S/data', destination: 'T/data/*' }, 400, 'destination'],
  ['a container of the service', { source: 'S/data', destination: 'T/$logs' }, 400, 'destination'],
  ['a name that is too long', { source: `S/data/${'x'.repeat(1025)}`, destination: 'T/data' }, 400, 'source'],
  ['the same place', { source: 'S/data', destination: 'S/data' }, 422, 'destination'],
  ['a place inside the source', { source: 'S/data/', destination: 'S/data/copy/' }, 422, 'destination'],
  [
    'a directory of a share, in other letters',
    { source: 'F/s01/Docs/', destination: 'F/s01/docs/' },
    422,
    'destination',
  ],
  ['a file of a share, in other letters', { source: 'F/s01/a', destination: 'F/s01/A' }, 422, 'destination'],
  ['an unknown field', { source: 'S/data', destination: 'T/data', speed: 1 }, 400, 'speed'],
  ['an unknown overwrite', { source: 'S/data', destination: 'T/data', overwrite: 'maybe' }, 400, 'overwrite'],
  ['text for a truth', { source: 'S/data', destination: 'T/data', dryRun: 'yes' }, 400, 'dryRun'],
  [
    'a negative limit',
    { source: 'S/data', destination: 'T/data', mirror: { maxDeletes: -1 } },
    400,
    'mirror',
  ],
  [
    'more than all',
    { source: 'S/data', destination: 'T/data', mirror: { maxDeletePercent: 101 } },
    400,
    'mirror',
  ],
  [
    'a mirror of a list',
    { source: 'S/data/', destination: 'T/data/', mirror: true, listOfFiles: ['a'] },
    400,
    undefined,
  ],
  ['an empty list', { source: 'S/data/', destination: 'T/data/', listOfFiles: [] }, 400, 'listOfFiles'],
  ['a list of numbers', { source: 'S/data/', destination: 'T/data/', listOfFiles: [1] }, 400, 'listOfFiles'],
  [
    'a bad expression',
    { source: 'S/data', destination: 'T/data', include: { regex: ['('] } },
    400,
    'include.regex',
  ],
  [
    'a bad date',
    { source: 'S/data', destination: 'T/data', modifiedAfter: 'yesterday' },
    400,
    'modifiedAfter',
  ],
  [
    'a block that is too large',
    { source: 'S/data', destination: 'T/data', blockSizeBytes: 4001 * 2 ** 20 },
    400,
    'blockSizeBytes',
  ],
  ['nothing in flight', { source: 'S/data', destination: 'T/data', maxInFlight: 0 }, 400, 'maxInFlight'],
  [
    'one request beyond the service',
    { source: 'S/data', destination: 'T/data', singleShotBytes: 5001 * 2 ** 20 },
    400,
    'singleShotBytes',
  ],
  ['an account into a container', { source: 'S', destination: 'T/data' }, 400, 'destination'],
];

function filled(value: unknown): unknown {
  const text = JSON.stringify(value);
  const fileEndpoint = rig.local.localJson.accounts.find(({ name }) => name === 'source')?.fileEndpoint ?? '';
  return JSON.parse(
    text
      .replaceAll('"S/', `"${rig.url('source')}/`)
      .replaceAll('"T/', `"${rig.url('target')}/`)
      .replaceAll('"F/', `"${fileEndpoint}/`)
      .replaceAll('"S"', `"${rig.url('source')}"`),
  );
}

it('at least forty bad requests are each a problem with status, field and advice, and start nothing', async () => {
  const before = (await rig.call('GET', 'jobs')).body['jobs'] as readonly unknown[];
  await rig.clearJournal();
  expect(bad.length).toBeGreaterThanOrEqual(40);
  for (const [what, request, status, field] of bad) {
    const body = typeof request === 'string' ? request : filled(request);
    const reply = await rig.call('POST', 'jobs', body);
    const problem = reply.body;
    expect([what, reply.status, reply.headers.get('content-type')?.split(';')[0]]).toEqual([
      what,
      status,
      'application/problem+json',
    ]);
    expect(problem['type']).toMatch(/^urn:tranship:problem:/);
    expect([what, String(problem['advice']).length > 10]).toEqual([what, true]);
    if (field !== undefined)
      expect([what, String(problem['field'])]).toEqual([what, expect.stringContaining(field)]);
    expect(JSON.stringify(problem)).not.toMatch(/c2VjcmV0|:pw@/);
  }
  const requests = await rig.requests();
  expect(requests.filter((entry) => entry.account !== hostAccount || entry.method !== 'GET')).toEqual([]);
  expect((await rig.call('GET', 'jobs')).body['jobs']).toEqual(before);
});

it.each([
  ['GET', 'jobs/doesnotexist0', undefined, 404],
  ['GET', 'jobs/..%2F..', undefined, 404],
  ['GET', 'jobs?status=Nope', undefined, 400],
  ['GET', 'jobs?top=0', undefined, 400],
  ['GET', 'jobs?continuation=xx', undefined, 400],
  ['POST', 'jobs/doesnotexist0/pause', undefined, 404],
  ['GET', 'jobs/{job}/report?outcome=lost', undefined, 400],
  ['POST', 'jobs/{job}/pause', undefined, 409],
  ['POST', 'jobs/{job}/resume', undefined, 409],
  ['POST', 'jobs/{job}/cancel', undefined, 409],
  ['POST', 'jobs/{job}/retry', undefined, 409],
  ['POST', 'jobs/{job}/approve', { planHash: '0'.repeat(64) }, 409],
  ['POST', 'jobs/{job}/approve', {}, 400],
])('%s %s is refused', async (method, path, body, status) => {
  const reply = await rig.call(method, path.replace('{job}', running), body);
  expect(reply.status).toBe(status);
  expect(reply.headers.get('content-type')).toContain('application/problem+json');
  expect(String(reply.body['advice']).length).toBeGreaterThan(10);
});

it('the same key and body is the same job; the same key and another body is refused', async () => {
  const request = { source: rig.url('source', 'data'), destination: rig.url('target', 'data/again/') };
  const key = { 'idempotency-key': 'nightly-2026-11-22' };
  const [first, second] = await Promise.all([
    rig.call('POST', 'jobs', request, key),
    rig.call('POST', 'jobs', request, key),
  ]);
  expect([first.status, second.status]).toEqual([202, 202]);
  expect(first.body['id']).toBe(second.body['id']);
  const other = await rig.call('POST', 'jobs', { ...request, dryRun: true }, key);
  expect(other.status).toBe(422);
  await rig.settled(first.body['id'] as string);
});
