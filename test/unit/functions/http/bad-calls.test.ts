import { describe, expect, it } from 'vitest';
import type { ProblemCode } from '../../../../src/functions/http/problem.js';
import { maxBodyBytes } from '../../../../src/functions/http/request-body.js';
import type { CallOptions } from './api-bench.js';
import { createBench, from, to } from './api-bench.js';
import { expectProblem } from './expect-problem.js';

const good = { source: `${from}/photos/in/`, destination: `${to}/archive/out/` };
const json = { 'content-type': 'application/json' };

const raw: readonly (readonly [string, CallOptions, ProblemCode, string | undefined])[] = [
  ['JSON that breaks off', { body: '{"source": ', headers: json }, 'invalid-json', undefined],
  [
    'text that is no UTF-8',
    { body: Buffer.from([0x7b, 0xff, 0x7d]), headers: json },
    'invalid-json',
    undefined,
  ],
  [
    'a form',
    { body: 'source=a', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    'unsupported-media-type',
    'Content-Type',
  ],
  [
    'JSON that is said to be text',
    { body: JSON.stringify(good), headers: { 'content-type': 'text/plain' } },
    'unsupported-media-type',
    'Content-Type',
  ],
  [
    'a body over 8 MiB',
    { body: Buffer.alloc(maxBodyBytes + 1, 32), headers: json },
    'body-too-large',
    undefined,
  ],
  [
    'a body said to be over 8 MiB',
    { body: '{}', headers: { ...json, 'content-length': String(maxBodyBytes + 1) } },
    'body-too-large',
    undefined,
  ],
  [
    'a field named __proto__',
    { body: `{"__proto__": {}, ${JSON.stringify(good).slice(1)}`, headers: json },
    'invalid-request',
    '__proto__',
  ],
  [
    'an empty Idempotency-Key',
    { body: JSON.stringify(good), headers: { ...json, 'idempotency-key': '' } },
    'invalid-request',
    'Idempotency-Key',
  ],
  [
    'an Idempotency-Key that is too long',
    { body: JSON.stringify(good), headers: { ...json, 'idempotency-key': 'k'.repeat(256) } },
    'invalid-request',
    'Idempotency-Key',
  ],
];

describe('POST /api/jobs', () => {
  it.each(raw)('refuses %s, and starts and writes nothing', async (_title, options, code, field) => {
    const bench = createBench();
    const reply = await bench.call('POST', '/api/jobs', options);
    expect(reply.json()['field']).toBe(field);
    expectProblem(reply, code);
    expect([bench.started, bench.state.count()]).toEqual([[], 0]);
  });
});

describe('other requests', () => {
  const others: readonly (readonly [
    method: 'GET' | 'POST',
    path: string,
    code: ProblemCode,
    field: string,
  ])[] = [
    ['GET', '/api/jobs/jabsent1', 'not-found', 'id'],
    ['GET', '/api/jobs/short', 'not-found', 'id'],
    ['GET', '/api/jobs/..%2Fboard', 'not-found', 'id'],
    ['GET', '/api/jobs/JABSENT1', 'not-found', 'id'],
    ['GET', '/api/jobs/jabsent1?verbose=1', 'invalid-request', 'verbose'],
    ['GET', '/api/jobs/jabsent1/report', 'not-found', 'id'],
    ['POST', '/api/jobs/jabsent1/pause', 'not-found', 'id'],
    ['POST', '/api/jobs/jabsent1/resume', 'not-found', 'id'],
    ['POST', '/api/jobs/jabsent1/cancel', 'not-found', 'id'],
    ['POST', '/api/jobs/jabsent1/retry', 'not-found', 'id'],
    ['POST', '/api/jobs/jabsent1/approve', 'invalid-request', 'body'],
    ['GET', '/api/jobs?status=Done', 'invalid-request', 'status'],
    ['GET', '/api/jobs?from=yesterday', 'invalid-request', 'from'],
    ['GET', '/api/jobs?top=0', 'invalid-request', 'top'],
    ['GET', '/api/jobs?top=201', 'invalid-request', 'top'],
    ['GET', '/api/jobs?top=ten', 'invalid-request', 'top'],
    ['GET', '/api/jobs?limit=10', 'invalid-request', 'limit'],
    ['GET', '/api/jobs?top=1&top=2', 'invalid-request', 'top'],
    ['GET', '/api/jobs?continuation=AAAA', 'invalid-continuation', 'continuation'],
  ];
  it.each(others)('are refused as well: %s %s', async (method, path, code, field) => {
    const bench = createBench();
    const reply = await bench.call(method, path);
    expect(reply.json()['field']).toBe(field);
    expectProblem(reply, code);
    expect([bench.started, bench.state.count('put')]).toEqual([[], 0]);
  });
});
