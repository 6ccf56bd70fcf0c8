/** App roles, as the API's app registration declares them. Each includes those before it. */
export const appRoles = ['Copy.Read', 'Copy.Operate', 'Copy.Admin'] as const;
export type AppRole = (typeof appRoles)[number];

/** Who calls. `key` and `local` prove no person and may do everything. */
export interface Caller {
  readonly kind: 'user' | 'app' | 'key' | 'local' | 'anonymous';
  /** Object id of a user or app; else the kind. */
  readonly id: string;
  /** Absent: everything is allowed. */
  readonly roles?: readonly string[];
}

export const anonymous: Caller = { kind: 'anonymous', id: 'anonymous', roles: [] };

/** True when one of the caller's roles is this one or includes it. */
export function hasRole(caller: Caller, wanted: AppRole): boolean {
  const { roles } = caller;
  return roles === undefined || appRoles.slice(appRoles.indexOf(wanted)).some((role) => roles.includes(role));
}
