import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeApi, startFakeApi } from './fake-api.js';
import { runTranship } from './terminal.js';

let api: FakeApi;
beforeAll(async () => {
  api = await startFakeApi();
});
afterAll(() => api.close());

const whole = {
  usedFor: ['app', 'destination'],
  kind: 'user-assigned',
  ready: true,
  clientId: 'cid-1',
  objectId: 'oid-1',
  tenantId: 'tid-1',
  expiresAt: '2026-11-23T08:00:00.000Z',
};
const broken = {
  usedFor: ['source'],
  kind: 'azure-cli',
  ready: false,
  advice: 'Sign in: az login.\u001b[2J',
};

describe('tranship login status', () => {
  it('says who the app is and until when', async () => {
    api.on('GET', '/api/identity', { status: 200, body: { identities: [whole] } });
    const run = await runTranship(['login', 'status', '--api-url', api.url]);
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(run.stdout.split('\n')).toEqual([
      'user-assigned (for its own state, destinations)',
      '  client id    cid-1',
      '  object id    oid-1',
      '  tenant       tid-1',
      '  token until  2026-11-23T08:00:00.000Z',
      '',
    ]);
  });

  it('ends with 1 and advice when an identity gets no token, and lets no text reach the terminal as control', async () => {
    api.on('GET', '/api/identity', { status: 200, body: { identities: [whole, broken] } });
    const run = await runTranship(['login', 'status', '--api-url', api.url]);
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toContain('azure-cli: no token (for sources)\n  to do        Sign in: az login.');
    expect(run.stdout).not.toContain('\u001b');
  });

  it('writes one line of JSON when asked', async () => {
    api.on('GET', '/api/identity', { status: 200, body: { identities: [whole] } });
    const run = await runTranship(['login', 'status', '--output', 'json', '--api-url', api.url]);
    expect(JSON.parse(run.stdout)).toEqual({ identities: [whole] });
  });
});
