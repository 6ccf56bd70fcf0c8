import { describe, expect, it } from 'vitest';
import type { ProblemCode } from '../../../../src/functions/http/problem.js';
import { createBench, from, to } from './api-bench.js';
import { expectProblem } from './expect-problem.js';

const good = { source: `${from}/photos/in/`, destination: `${to}/archive/out/` };

type BodyCase = readonly [title: string, body: unknown, code: ProblemCode, field: string];

const bodies: readonly BodyCase[] = [
  ['no body', undefined, 'invalid-request', 'body'],
  ['an array', [], 'invalid-request', 'body'],
  ['a text', 'copy', 'invalid-request', 'body'],
  ['null', null, 'invalid-request', 'body'],
  ['no source', { destination: good.destination }, 'invalid-request', 'source'],
  ['no destination', { source: good.source }, 'invalid-request', 'destination'],
  ['a source that is a number', { ...good, source: 7 }, 'invalid-request', 'source'],
  ['an empty source', { ...good, source: '' }, 'invalid-request', 'source'],
  ['an unknown field', { ...good, overwite: 'never' }, 'invalid-request', 'overwite'],
  ['an unknown field inside', { ...good, preserve: { acl: true } }, 'invalid-request', 'preserve.acl'],
  ['an unknown filter', { ...good, include: { glob: ['*'] } }, 'invalid-request', 'include.glob'],
  ['an unknown overwrite mode', { ...good, overwrite: 'true' }, 'invalid-request', 'overwrite'],
  ['a yes for a boolean', { ...good, dryRun: 'yes' }, 'invalid-request', 'dryRun'],
  ['no requests in flight', { ...good, maxInFlight: 0 }, 'invalid-request', 'maxInFlight'],
  ['too many requests in flight', { ...good, maxInFlight: 4097 }, 'invalid-request', 'maxInFlight'],
  ['half a request in flight', { ...good, maxInFlight: 1.5 }, 'invalid-request', 'maxInFlight'],
  ['a block of nothing', { ...good, blockSizeBytes: 0 }, 'invalid-request', 'blockSizeBytes'],
  [
    'a block over 4,000 MiB',
    { ...good, blockSizeBytes: 4000 * 1024 * 1024 + 1 },
    'invalid-request',
    'blockSizeBytes',
  ],
  [
    'a single request over 5,000 MiB',
    { ...good, singleShotBytes: 5000 * 1024 * 1024 + 1 },
    'invalid-request',
    'singleShotBytes',
  ],
  ['a size below zero', { ...good, minSizeBytes: -1 }, 'invalid-request', 'minSizeBytes'],
  ['a size beyond numbers', { ...good, maxSizeBytes: 2 ** 53 }, 'invalid-request', 'maxSizeBytes'],
  ['bounds that cross', { ...good, minSizeBytes: 2, maxSizeBytes: 1 }, 'invalid-filter', 'minSizeBytes'],
  ['a date that is none', { ...good, modifiedAfter: 'yesterday' }, 'invalid-filter', 'modifiedAfter'],
  [
    'a regular expression that is none',
    { ...good, exclude: { regex: ['ok', '(('] } },
    'invalid-filter',
    'exclude.regex[1]',
  ],
  ['a glob that is none', { ...good, include: { pattern: ['[a'] } }, 'invalid-filter', 'include.pattern[0]'],
  ['an empty list of patterns', { ...good, include: { pattern: [] } }, 'invalid-request', 'include.pattern'],
  [
    'containers of a container',
    { ...good, include: { container: ['photos'] } },
    'invalid-request',
    'include.container',
  ],
  ['a mirror of a text', { ...good, mirror: 'yes' }, 'invalid-request', 'mirror'],
  [
    'a mirror that may delete fewer than nothing',
    { ...good, mirror: { maxDeletes: -1 } },
    'invalid-request',
    'mirror.maxDeletes',
  ],
  [
    'a mirror that may delete more than all',
    { ...good, mirror: { maxDeletePercent: 101 } },
    'invalid-request',
    'mirror.maxDeletePercent',
  ],
  [
    'a mirror with an unknown limit',
    { ...good, mirror: { maxDelets: 5 } },
    'invalid-request',
    'mirror.maxDelets',
  ],
  ['a mirror of a list', { ...good, mirror: true, listOfFiles: ['a'] }, 'invalid-request', 'mirror'],
  [
    'a mirror of one object',
    { ...good, source: `${from}/photos/a`, mirror: true },
    'invalid-request',
    'mirror',
  ],
  ['an empty list of files', { ...good, listOfFiles: [] }, 'invalid-request', 'listOfFiles'],
  ['an empty name in a list', { ...good, listOfFiles: ['a', ''] }, 'invalid-request', 'listOfFiles[1]'],
  [
    'a list that is too long',
    { ...good, listOfFiles: Array.from({ length: 10_001 }, () => 'a') },
    'invalid-request',
    'listOfFiles',
  ],
  [
    'a list of a whole account',
    { source: from, destination: to, listOfFiles: ['a'] },
    'invalid-location',
    'source',
  ],
  [
    'a list below a wildcard',
    { ...good, source: `${from}/photos/*.jpg`, listOfFiles: ['a'] },
    'invalid-location',
    'source',
  ],
  ['a dry run that waits', { ...good, dryRun: true, approve: true }, 'invalid-request', 'approve'],
  [
    'metadata that is no identifier',
    { ...good, set: { metadata: { 'a-b': '1' } } },
    'invalid-request',
    'set.metadata.a-b',
  ],
  [
    'metadata that no header can carry',
    { ...good, set: { metadata: { a: 'ü' } } },
    'invalid-request',
    'set.metadata.a',
  ],
  [
    'a property with a line break',
    { ...good, set: { properties: { contentType: 'a\r\nb: c' } } },
    'invalid-request',
    'set.properties.contentType',
  ],
  ['an unknown tier', { ...good, set: { tier: 'Warm' } }, 'invalid-request', 'set.tier'],
  ['a source that is no URL', { ...good, source: 'photos' }, 'invalid-location', 'source'],
  [
    'a source without TLS',
    { ...good, source: 'http://from.blob.core.windows.net/photos' },
    'invalid-location',
    'source',
  ],
  ['a foreign account', { ...good, source: 'https://evil.example/photos' }, 'invalid-location', 'source'],
  [
    'a foreign account that begins alike',
    { ...good, source: `${from}.evil.example/photos` },
    'invalid-location',
    'source',
  ],
  ['a SAS', { ...good, source: `${from}/photos?sv=1&sig=c2VjcmV0` }, 'invalid-location', 'source'],
  [
    'user info',
    { ...good, source: 'https://user:secret@from.blob.core.windows.net/photos' },
    'invalid-location',
    'source',
  ],
  ['a fragment', { ...good, destination: `${to}/archive#top` }, 'invalid-location', 'destination'],
  ['encoded dots', { ...good, destination: `${to}/archive/%2e%2e/x` }, 'invalid-location', 'destination'],
  [
    'a container name that is none',
    { ...good, destination: `${to}/A_B/` },
    'invalid-location',
    'destination',
  ],
  ['a wildcard in the middle', { ...good, source: `${from}/photos/*/a` }, 'invalid-location', 'source'],
  [
    'a wildcard at the destination',
    { ...good, destination: `${to}/archive/*` },
    'invalid-location',
    'destination',
  ],
  ['logs as destination', { ...good, destination: `${to}/$logs/` }, 'invalid-location', 'destination'],
  [
    'the change feed as destination',
    { ...good, destination: `${to}/$blobchangefeed/x/` },
    'invalid-location',
    'destination',
  ],
  [
    'an account into a container',
    { source: from, destination: `${to}/archive` },
    'invalid-location',
    'destination',
  ],
  ['a container into an account', { ...good, destination: to }, 'invalid-location', 'destination'],
  [
    'an account without its folders',
    { source: from, destination: to, recursive: false },
    'invalid-location',
    'recursive',
  ],
  [
    'a destination that is the source',
    { source: `${from}/photos/`, destination: `${from}/photos/` },
    'source-destination-overlap',
    'destination',
  ],
  [
    'a destination inside the source',
    { source: `${from}/photos`, destination: `${from}/photos/copy/` },
    'source-destination-overlap',
    'destination',
  ],
  [
    'a source inside the destination',
    { source: `${from}/photos/2026/`, destination: `${from}/photos/` },
    'source-destination-overlap',
    'destination',
  ],
  [
    'an object onto itself',
    { source: `${from}/photos/a`, destination: `${from}/photos/` },
    'source-destination-overlap',
    'destination',
  ],
  [
    'an account onto itself',
    { source: from, destination: from },
    'source-destination-overlap',
    'destination',
  ],
];

describe('the body of POST /api/jobs', () => {
  it.each(bodies)('refuses %s, and starts and writes nothing', async (_title, body, code, field) => {
    const bench = createBench();
    const reply = await bench.post('/api/jobs', body);
    expect([reply.json()['type'], reply.json()['field']]).toEqual([`urn:tranship:problem:${code}`, field]);
    expectProblem(reply, code);
    expect([bench.started, bench.state.count()]).toEqual([[], 0]);
  });

  it('tells every fault of a body at once', async () => {
    const { errors } = (
      await createBench().post('/api/jobs', { source: 1, colour: 'red', maxInFlight: -1 })
    ).json() as { errors: { field: string }[] };
    expect(errors.map(({ field }) => field).sort()).toEqual([
      'colour',
      'destination',
      'maxInFlight',
      'source',
    ]);
  });

  it('never repeats a secret that somebody put into a URL', async () => {
    const bench = createBench();
    for (const source of [
      `${from}/photos?sv=1&sig=c2VjcmV0`,
      'https://user:c2VjcmV0@from.blob.core.windows.net/photos',
      `${from}/photos#c2VjcmV0`,
    ]) {
      expect((await bench.post('/api/jobs', { ...good, source })).text).not.toContain('c2VjcmV0');
    }
    expect(JSON.stringify(bench.logged)).not.toContain('c2VjcmV0');
  });
});
