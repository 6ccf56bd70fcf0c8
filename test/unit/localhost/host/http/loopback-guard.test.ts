import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { refuseForeign } from '../../../../../src/localhost/host/http/loopback-guard.js';

const refusal = (headers: Readonly<Record<string, string>>): string | undefined =>
  refuseForeign({ headers } as unknown as IncomingMessage);

describe('the loopback guard', () => {
  it.each(['127.0.0.1', '127.0.0.1:7071', 'localhost:80', 'LOCALHOST', '[::1]:7071'])(
    'takes Host %s',
    (host) => {
      expect(refusal({ host })).toBeUndefined();
    },
  );

  it.each([
    'evil.example',
    'localhost.evil.example:7071',
    '127.0.0.1.nip.io',
    'a@localhost',
    'localhost/x',
    '',
  ])('refuses Host %j', (host) => {
    expect(refusal({ host })).toBe('The Host header is not loopback.');
  });

  it('refuses a request without Host', () => {
    expect(refusal({})).toBe('The Host header is not loopback.');
  });

  it.each(['null', 'https://evil.example', 'http://localhost.evil.example'])(
    'refuses Origin %s',
    (origin) => {
      expect(refusal({ host: 'localhost', origin })).toBe('The Origin header is not loopback.');
    },
  );

  it('takes a page of this machine as origin, whatever its port', () => {
    expect(refusal({ host: '127.0.0.1:7071', origin: 'http://localhost:5173' })).toBeUndefined();
  });
});
