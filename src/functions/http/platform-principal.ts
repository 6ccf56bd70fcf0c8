import { z } from 'zod';
import type { Caller } from './caller.js';

const claimSchema = z.object({ typ: z.string(), val: z.string() });
const principalSchema = z.object({
  auth_typ: z.string(),
  role_typ: z.string().nullish(),
  claims: z.array(claimSchema),
});

const tenantClaims = ['tid', 'http://schemas.microsoft.com/identity/claims/tenantid'];
const objectClaims = ['oid', 'http://schemas.microsoft.com/identity/claims/objectidentifier'];
const roleClaims = ['roles', 'http://schemas.microsoft.com/ws/2008/06/identity/claims/role'];
const scopeClaims = ['scp', 'http://schemas.microsoft.com/identity/claims/scope'];

/**
 * Reads `x-ms-client-principal`, which App Service authentication sets after it has checked a token. To be asked only
 * when the platform does so: anybody else can write this header. Undefined when it names nobody of this tenant.
 */
export function readPlatformPrincipal(header: string, tenant: string): Caller | undefined {
  const parsed = principalSchema.safeParse(decode(header));
  if (!parsed.success || parsed.data.auth_typ !== 'aad') return undefined;
  const { claims, role_typ: roleType } = parsed.data;
  const valuesOf = (types: readonly string[]): readonly string[] =>
    claims.filter(({ typ }) => types.includes(typ)).map(({ val }) => val);
  const [objectId] = valuesOf(objectClaims);
  const tenants = valuesOf(tenantClaims);
  const isOurs = tenants.length > 0 && tenants.every((id) => id.toLowerCase() === tenant);
  if (objectId === undefined || objectId === '' || !isOurs) return undefined;
  const types = roleType === null || roleType === undefined ? roleClaims : [...roleClaims, roleType];
  const signedIn = valuesOf([...scopeClaims, 'preferred_username', 'name']).length > 0;
  return { kind: signedIn ? 'user' : 'app', id: objectId, roles: valuesOf(types) };
}

function decode(header: string): unknown {
  try {
    return JSON.parse(Buffer.from(header, 'base64').toString('utf8'));
  } catch {
    return undefined;
  }
}
