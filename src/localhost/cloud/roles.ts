import { z } from 'zod';
import type { Action } from './operation.js';

/** What one identity may do in one account, or in one container of it. JSON of `PUT /roles`. */
export const roleAssignmentSchema = z.strictObject({
  /** Object id of the identity. */
  identity: z.string(),
  account: z.string(),
  /** Absent: the whole account. */
  container: z.string().optional(),
  actions: z.array(z.enum(['read', 'write', 'delete', 'tags', 'shares'])),
});
export type RoleAssignment = z.infer<typeof roleAssignmentSchema>;

/** Whether the assignments together grant all actions on the scope. A container grant says nothing about the account. */
export function isAllowed(
  assignments: readonly RoleAssignment[],
  identity: string,
  scope: { readonly account: string; readonly container?: string },
  actions: readonly Action[],
): boolean {
  const mine = assignments.filter(
    (role) =>
      role.identity === identity &&
      role.account === scope.account &&
      (role.container === undefined || role.container === scope.container),
  );
  return actions.every((action) => mine.some((role) => role.actions.includes(action)));
}

/** A user delegation key may be asked by whoever holds any role over the whole account, as with the service's built-in roles. */
export function mayDelegate(
  assignments: readonly RoleAssignment[],
  identity: string,
  account: string,
): boolean {
  return assignments.some(
    (role) => role.identity === identity && role.account === account && role.container === undefined,
  );
}
