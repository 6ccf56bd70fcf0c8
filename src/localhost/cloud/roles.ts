import { z } from 'zod';
import type { Action } from './operation.js';

/** What one identity may do in one account, or in one container of it. JSON of `PUT /roles`. */
export const roleAssignmentSchema = z.strictObject({
  /** Object id of the identity. */
  identity: z.string(),
  account: z.string(),
  /** Absent: the whole account. */
  container: z.string().optional(),
  actions: z.array(z.enum(['read', 'write', 'delete', 'tags', 'shares', 'delegate'])),
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

/**
 * Who may ask for a user delegation key, which is of the whole account. Blob: whoever holds any role over the account, as with the
 * built-in roles for blob data. Azure Files: only who is granted just that, as by Storage File Delegator.
 */
export function mayDelegate(
  assignments: readonly RoleAssignment[],
  identity: string,
  { account, service }: { readonly account: string; readonly service: 'blob' | 'file' },
): boolean {
  return assignments.some(
    (role) =>
      role.identity === identity &&
      role.account === account &&
      role.container === undefined &&
      (service === 'blob' || role.actions.includes('delegate')),
  );
}
