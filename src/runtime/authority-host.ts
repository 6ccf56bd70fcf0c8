import { entraHosts } from './auth-settings.js';
import { ConfigError } from './config.js';
import type { Environment } from './environment.js';
import { settingOf } from './environment.js';

/** Where applications and people sign in, as the identity library takes it; empty for the public cloud. */
export interface AuthorityHost {
  readonly authorityHost?: string;
  /** Nobody is asked whether the host is one of Entra's: only a host of this machine is not. */
  readonly disableInstanceDiscovery?: boolean;
}

/**
 * Reads `AZURE_AUTHORITY_HOST`. Whoever serves it is sent the secret of an application, so it must be one of Entra's own
 * hosts; in development also a loopback one. Throws `ConfigError`.
 */
export function readAuthorityHost(environment: Environment): AuthorityHost {
  const host = settingOf(environment, 'AZURE_AUTHORITY_HOST')?.replace(/\/$/, '');
  if (host === undefined) return {};
  if (entraHosts.includes(host)) return { authorityHost: host };
  const isLoopback = /^https:\/\/(127\.0\.0\.1|localhost):\d+$/.test(host);
  if (isLoopback && environment['TRANSHIP_ENVIRONMENT'] === 'development') {
    return { authorityHost: host, disableInstanceDiscovery: true };
  }
  throw new ConfigError(
    'AZURE_AUTHORITY_HOST',
    `must be one of ${entraHosts.join(', ')}; loopback only in development`,
  );
}
