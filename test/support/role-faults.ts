import { appRoles } from '../../src/localhost/app-environment.js';
import type { LocalRig } from './local-rig.js';

/** The app may do everything that it should, but for one action on one account. */
export async function takeRight(rig: LocalRig, account: string, action: string): Promise<void> {
  const roles = appRoles.map((role) =>
    role.account === account
      ? { ...role, actions: role.actions.filter((granted) => granted !== action) }
      : role,
  );
  await rig.admin('PUT', 'roles', roles);
}
