import { expect, it } from 'vitest';
import { identitiesSchema } from '../../../../src/functions/http/response-schemas.js';
import { ConfigError } from '../../../../src/runtime/config.js';
import { createBench } from './api-bench.js';
import { expectProblem } from './expect-problem.js';

it('GET /api/identity tells each identity, as the description of the API says', async () => {
  const bench = createBench();
  bench.identities = [
    {
      usedFor: ['app'],
      kind: 'system-assigned',
      ready: true,
      objectId: 'o',
      expiresAt: '2026-11-22T10:00:00.000Z',
    },
    { usedFor: ['source', 'destination'], kind: 'azure-cli', ready: false, advice: 'az login' },
  ];
  const reply = await bench.call('GET', '/api/identity');
  expect(reply.status).toBe(200);
  expect(reply.headers['cache-control']).toBe('no-store');
  expect(identitiesSchema.parse(reply.json())).toEqual({ identities: bench.identities });
});

it('settings that contradict each other are told by name', async () => {
  const bench = createBench();
  bench.failServices = new ConfigError('AZURE_CLIENT_ID', 'names another identity; remove one');
  const reply = await bench.call('GET', '/api/identity');
  expectProblem(reply, 'not-configured');
  expect(reply.json()['field']).toBe('AZURE_CLIENT_ID');
});
