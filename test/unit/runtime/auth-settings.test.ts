import { describe, expect, it } from 'vitest';
import { keyIsAsked } from '../../../src/functions/compose.js';
import { issuersOf, readAuthSettings } from '../../../src/runtime/auth-settings.js';
import { ConfigError } from '../../../src/runtime/config.js';
import { audience, tenant } from '../../support/token-mint.js';

const entra = { TRANSHIP_AUTH_TENANT: tenant.toUpperCase(), TRANSHIP_AUTH_AUDIENCE: `${audience}, other` };
const development = { TRANSHIP_ENVIRONMENT: 'development' };

function faultOf(environment: Record<string, string>): string | undefined {
  try {
    readAuthSettings(environment);
    return undefined;
  } catch (error) {
    return error instanceof ConfigError ? error.setting : 'not a ConfigError';
  }
}

describe('who may call the API', () => {
  it('is who has a function key, when nothing is set', () => {
    expect(readAuthSettings({ TRANSHIP_AUTH: '' })).toEqual({ kind: 'key' });
  });

  it('is who has a token, as soon as a tenant and an audience are set', () => {
    const wanted = {
      kind: 'entra',
      tenant,
      audiences: [audience, 'other'],
      authority: 'https://login.microsoftonline.com',
      byPlatform: false,
    };
    expect(readAuthSettings(entra)).toEqual(wanted);
    expect(readAuthSettings({ ...entra, TRANSHIP_AUTH: 'entra' })).toEqual(wanted);
  });

  it('comes from the platform only when the platform says so', () => {
    const byPlatform = (value: string) => readAuthSettings({ ...entra, WEBSITE_AUTH_ENABLED: value });
    expect([byPlatform('True'), byPlatform('true')]).toMatchObject([
      { byPlatform: true },
      { byPlatform: true },
    ]);
    expect([byPlatform('False'), byPlatform('')]).toMatchObject([
      { byPlatform: false },
      { byPlatform: false },
    ]);
  });

  it('is anybody only in development', () => {
    expect(readAuthSettings({ ...development, TRANSHIP_AUTH: 'none' })).toEqual({ kind: 'none' });
  });

  it.each([
    ['nobody asked in production', { TRANSHIP_AUTH: 'none' }, 'TRANSHIP_AUTH'],
    [
      'nobody asked on the platform',
      { ...development, TRANSHIP_AUTH: 'none', WEBSITE_INSTANCE_ID: 'a' },
      'TRANSHIP_AUTH',
    ],
    [
      'nobody asked on a pod',
      { ...development, TRANSHIP_AUTH: 'none', WEBSITE_POD_NAME: 'a' },
      'TRANSHIP_AUTH',
    ],
    ['an unknown way', { TRANSHIP_AUTH: 'basic' }, 'TRANSHIP_AUTH'],
    ['keys and a tenant', { ...entra, TRANSHIP_AUTH: 'key' }, 'TRANSHIP_AUTH'],
    ['nobody asked and a tenant', { ...entra, ...development, TRANSHIP_AUTH: 'none' }, 'TRANSHIP_AUTH'],
    ['an authority for keys', { TRANSHIP_AUTH: 'key', TRANSHIP_AUTH_AUTHORITY: 'x' }, 'TRANSHIP_AUTH'],
    ['tokens of no tenant', { TRANSHIP_AUTH: 'entra', TRANSHIP_AUTH_AUDIENCE: 'x' }, 'TRANSHIP_AUTH_TENANT'],
    ['tokens of every tenant', { ...entra, TRANSHIP_AUTH_TENANT: 'common' }, 'TRANSHIP_AUTH_TENANT'],
    [
      'tokens for nothing',
      { TRANSHIP_AUTH: 'entra', TRANSHIP_AUTH_TENANT: tenant },
      'TRANSHIP_AUTH_AUDIENCE',
    ],
    ['an empty audience', { ...entra, TRANSHIP_AUTH_AUDIENCE: 'a,,b' }, 'TRANSHIP_AUTH_AUDIENCE'],
    [
      'a foreign authority',
      { ...entra, TRANSHIP_AUTH_AUTHORITY: 'https://login.evil.example' },
      'TRANSHIP_AUTH_AUTHORITY',
    ],
    [
      'loopback keys in production',
      { ...entra, TRANSHIP_AUTH_AUTHORITY: 'http://127.0.0.1:1' },
      'TRANSHIP_AUTH_AUTHORITY',
    ],
  ])('refuses %s, and names the setting', (_, environment, setting) => {
    expect(faultOf(environment as Record<string, string>)).toBe(setting);
  });

  it('knows the issuers of each cloud', () => {
    const china = { ...entra, TRANSHIP_AUTH_AUTHORITY: 'https://login.partner.microsoftonline.cn/' };
    const settings = readAuthSettings(china);
    expect(settings.kind === 'entra' ? issuersOf(settings) : []).toEqual([
      `https://sts.chinacloudapi.cn/${tenant}/`,
      `https://login.partner.microsoftonline.cn/${tenant}/v2.0`,
    ]);
  });
});

describe('the host', () => {
  it('asks for a key unless tokens decide or nobody is asked, and when the settings are faulty', () => {
    expect(keyIsAsked({})).toBe(true);
    expect(keyIsAsked(entra)).toBe(false);
    expect(keyIsAsked({ ...development, TRANSHIP_AUTH: 'none' })).toBe(false);
    expect(keyIsAsked({ TRANSHIP_AUTH: 'none' })).toBe(true);
  });
});
