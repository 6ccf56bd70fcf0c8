import { describe, expect, it } from 'vitest';
import { isConfiguredSource } from '../../../../src/storage/azure-blob/source-authorisation.js';
import { hostileLocations } from '../../../support/hostile-locations.js';
import { accounts, createBench, from, to } from './api-bench.js';

const hostile = hostileLocations({
  endpoint: from,
  hostEndpoint: 'https://transhiphost.blob.core.windows.net',
  listener: '127.0.0.1:4443',
});

describe('hostile locations', () => {
  it('are more than 200', () => {
    expect(hostile.length).toBeGreaterThan(200);
  });

  it.each(hostile.map((url) => [JSON.stringify(url), url] as const))(
    '%s is refused on both sides',
    async (_, url) => {
      const bench = createBench();
      for (const [field, body] of [
        ['source', { source: url, destination: `${to}/archive/` }],
        ['destination', { source: `${from}/photos/`, destination: url }],
      ] as const) {
        const reply = await bench.post('/api/jobs', body);
        expect([reply.status, reply.json()['type'], reply.json()['field']]).toEqual([
          400,
          'urn:tranship:problem:invalid-location',
          field,
        ]);
        expect(reply.text).not.toContain('c2VjcmV0');
      }
      expect([bench.started, bench.state.count()]).toEqual([[], 0]);
    },
  );

  it('get no token, were one ever named as the source of a copy', () => {
    const leads = hostile.filter((url) => {
      const parsed = URL.parse(url);
      const host = parsed?.protocol === 'https:' ? parsed.host : undefined;
      return isConfiguredSource(url, accounts) && host !== new URL(from).host;
    });
    expect(leads).toEqual([]);
  });

  it('a place in a configured account is accepted, so that the refusals mean something', async () => {
    const bench = createBench();
    const reply = await bench.post('/api/jobs', { source: `${from}/photos/`, destination: `${to}/archive/` });
    expect([reply.status, bench.started.length]).toEqual([202, 1]);
  });
});
