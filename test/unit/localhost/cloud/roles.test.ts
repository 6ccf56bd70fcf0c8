import { describe, expect, it } from 'vitest';
import { isAllowed, mayDelegate } from '../../../../src/localhost/cloud/roles.js';
import type { RoleAssignment } from '../../../../src/localhost/cloud/roles.js';

const roles: RoleAssignment[] = [
  { identity: 'reader', account: 'a', actions: ['read'] },
  { identity: 'writer', account: 'a', container: 'box', actions: ['read', 'write'] },
  { identity: 'writer', account: 'a', container: 'box', actions: ['delete'] },
];

describe('the role table', () => {
  it('grants an account role in every container of that account only', () => {
    expect(isAllowed(roles, 'reader', { account: 'a', container: 'any' }, ['read'])).toBe(true);
    expect(isAllowed(roles, 'reader', { account: 'a' }, ['read'])).toBe(true);
    expect(isAllowed(roles, 'reader', { account: 'b', container: 'any' }, ['read'])).toBe(false);
  });

  it('grants a container role in that container only, not for the account', () => {
    expect(isAllowed(roles, 'writer', { account: 'a', container: 'box' }, ['write'])).toBe(true);
    expect(isAllowed(roles, 'writer', { account: 'a', container: 'other' }, ['write'])).toBe(false);
    expect(isAllowed(roles, 'writer', { account: 'a' }, ['read'])).toBe(false);
  });

  it('adds assignments up and asks for every action', () => {
    const box = { account: 'a', container: 'box' };
    expect(isAllowed(roles, 'writer', box, ['write', 'delete'])).toBe(true);
    expect(isAllowed(roles, 'writer', box, ['write', 'tags'])).toBe(false);
    expect(isAllowed(roles, 'stranger', box, ['read'])).toBe(false);
  });

  it('lets only the holder of an account role ask for a delegation key of blobs', () => {
    const service = 'blob';
    expect(mayDelegate(roles, 'reader', { account: 'a', service })).toBe(true);
    expect(mayDelegate(roles, 'writer', { account: 'a', service })).toBe(false);
    expect(mayDelegate(roles, 'reader', { account: 'b', service })).toBe(false);
  });

  it('lets only who is granted just that ask for one of files', () => {
    const at = { account: 'a', service: 'file' } as const;
    expect(mayDelegate(roles, 'reader', at)).toBe(false);
    const delegator: RoleAssignment = { identity: 'delegator', account: 'a', actions: ['delegate'] };
    expect(mayDelegate([...roles, delegator], 'delegator', at)).toBe(true);
    expect(mayDelegate([{ ...delegator, container: 'box' }], 'delegator', at)).toBe(false);
  });
});
