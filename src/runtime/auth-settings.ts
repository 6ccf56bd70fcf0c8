import { ConfigError } from './config.js';

/** How callers of the API prove who they are. */
export type AuthSettings =
  /** Tokens of one Entra tenant, checked here; app roles decide. */
  | EntraSettings
  /** The platform asks for a function key; whoever has one may do everything. */
  | { readonly kind: 'key' }
  /** Nobody is asked: development on loopback only. */
  | { readonly kind: 'none' };

export interface EntraSettings {
  readonly kind: 'entra';
  /** Tenant id, lower case. */
  readonly tenant: string;
  /** What a token's `aud` may be: the client id of the API's app registration, or its application id URI. */
  readonly audiences: readonly string[];
  /** Where the tenant's keys are, without trailing slash. */
  readonly authority: string;
  /** App Service authentication is on: it sets, and takes from the outside, `x-ms-client-principal`. */
  readonly byPlatform: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The clouds' sign-in hosts, and who signs their v1 tokens. */
const authorities: Readonly<Record<string, string>> = {
  'https://login.microsoftonline.com': 'https://sts.windows.net',
  'https://login.microsoftonline.us': 'https://sts.windows.net',
  'https://login.partner.microsoftonline.cn': 'https://sts.chinacloudapi.cn',
};
/** Where Entra lets people and applications sign in, in each of its clouds. */
export const entraHosts: readonly string[] = Object.keys(authorities);
const publicAuthority = 'https://login.microsoftonline.com';

interface Given {
  readonly tenant: string | undefined;
  readonly audience: string | undefined;
  readonly authority: string | undefined;
  readonly development: boolean;
  readonly onPlatform: boolean;
  readonly byPlatform: boolean;
}

/** Reads and checks who may call. Throws `ConfigError`, also where two settings contradict each other. */
export function readAuthSettings(environment: Environment): AuthSettings {
  const set = (name: string): string | undefined => {
    const text = environment[name]?.trim();
    return text === '' ? undefined : text;
  };
  const given: Given = {
    tenant: set('TRANSHIP_AUTH_TENANT'),
    audience: set('TRANSHIP_AUTH_AUDIENCE'),
    authority: set('TRANSHIP_AUTH_AUTHORITY'),
    development: environment['TRANSHIP_ENVIRONMENT'] === 'development',
    onPlatform: (set('WEBSITE_INSTANCE_ID') ?? set('WEBSITE_POD_NAME')) !== undefined,
    byPlatform: set('WEBSITE_AUTH_ENABLED')?.toLowerCase() === 'true',
  };
  const wanted = set('TRANSHIP_AUTH') ?? ((given.tenant ?? given.audience) === undefined ? 'key' : 'entra');
  switch (wanted) {
    case 'entra':
      return entraSettings(given);
    case 'key':
    case 'none':
      return tokenless(wanted, given);
    default:
      throw new ConfigError('TRANSHIP_AUTH', 'must be entra, key or none');
  }
}

function entraSettings({ tenant, audience, authority, development, byPlatform }: Given): EntraSettings {
  return {
    kind: 'entra',
    tenant: checkTenant(tenant),
    audiences: checkAudiences(audience),
    authority: checkAuthority(authority ?? publicAuthority, development),
    byPlatform,
  };
}

function tokenless(kind: 'key' | 'none', given: Given): AuthSettings {
  if ((given.tenant ?? given.audience ?? given.authority) !== undefined) {
    throw new ConfigError(
      'TRANSHIP_AUTH',
      `${kind} asks for no token, but TRANSHIP_AUTH_TENANT, _AUDIENCE or _AUTHORITY is set; remove those, or set it to entra`,
    );
  }
  if (kind === 'none' && (!given.development || given.onPlatform)) {
    throw new ConfigError(
      'TRANSHIP_AUTH',
      'none is for development on one machine; set it to entra or key, or TRANSHIP_ENVIRONMENT to development',
    );
  }
  return { kind };
}

/** Issuers of the tenant's tokens: edition 1, which an app registration gives by default, and edition 2. */
export function issuersOf({ authority, tenant }: EntraSettings): readonly string[] {
  return [`${authorities[authority] ?? authority}/${tenant}/`, `${authority}/${tenant}/v2.0`];
}

function checkTenant(tenant: string | undefined): string {
  const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
  if (tenant !== undefined && guid.test(tenant)) return tenant.toLowerCase();
  throw new ConfigError(
    'TRANSHIP_AUTH_TENANT',
    'must be the id of one tenant, a GUID, for TRANSHIP_AUTH=entra',
  );
}

function checkAudiences(text: string | undefined): readonly string[] {
  const audiences = (text ?? '').split(',').map((part) => part.trim());
  if (!audiences.includes('')) return audiences;
  throw new ConfigError(
    'TRANSHIP_AUTH_AUDIENCE',
    "must be the client id of the API's app registration, or its application id URI, for TRANSHIP_AUTH=entra; several between commas",
  );
}

/** Whoever serves the keys decides whom we believe: Entra's own hosts; on one machine also loopback. */
function checkAuthority(authority: string, development: boolean): string {
  const text = authority.replace(/\/$/, '');
  const loopback = /^http:\/\/(127\.0\.0\.1|localhost):\d+$/.test(text);
  if (entraHosts.includes(text) || (development && loopback)) return text;
  throw new ConfigError(
    'TRANSHIP_AUTH_AUTHORITY',
    `must be one of ${entraHosts.join(', ')}; loopback only in development`,
  );
}
