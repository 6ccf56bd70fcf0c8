import { describe, expect, it } from 'vitest';
import {
  fileActionsFor,
  fileOperationName,
  sasNeedOf,
} from '../../../../../src/localhost/cloud/files/file-operation.js';
import { parseTarget } from '../../../../../src/localhost/cloud/operation.js';

const source = { 'x-ms-copy-source': 'https://h/a/s/f' };

describe('an operation of Azure Files', () => {
  it.each([
    ['GET', '/acct?comp=list', {}, 'ListShares', 'shares', 'l s'],
    ['POST', '/acct/?restype=service&comp=userdelegationkey', {}, 'GetUserDelegationKey', 'read', 'r o'],
    ['PUT', '/acct/s?restype=share', {}, 'CreateShare', 'shares', 'cw c'],
    ['PUT', '/acct/s?restype=share&comp=snapshot', {}, 'SnapshotShare', 'shares', 'cw c'],
    ['HEAD', '/acct/s?restype=share', {}, 'GetShareProperties', 'shares', 'r c'],
    ['DELETE', '/acct/s?restype=share', {}, 'DeleteShare', 'shares', 'd c'],
    ['PUT', '/acct/s?restype=share&comp=filepermission', {}, 'CreatePermission', 'write', 'cw c'],
    ['GET', '/acct/s?restype=directory&comp=list', {}, 'ListFilesAndDirectories', 'read', 'l c'],
    ['PUT', '/acct/s/d?restype=directory', {}, 'CreateDirectory', 'write', 'cw o'],
    ['DELETE', '/acct/s/d?restype=directory', {}, 'DeleteDirectory', 'delete', 'd o'],
    ['PUT', '/acct/s/f', {}, 'CreateFile', 'write', 'cw o'],
    ['PUT', '/acct/s/f', source, 'CopyFile', 'write', 'cw o'],
    ['PUT', '/acct/s/f?comp=range', {}, 'PutRange', 'write', 'w o'],
    ['PUT', '/acct/s/f?comp=range', source, 'PutRangeFromUrl', 'write', 'w o'],
    ['GET', '/acct/s/f?comp=rangelist', {}, 'ListRanges', 'read', 'r o'],
    ['PUT', '/acct/s/f?comp=copy&copyid=1', {}, 'AbortCopyFile', 'write', 'w o'],
    ['GET', '/acct/s/f', {}, 'GetFile', 'read', 'r o'],
    ['DELETE', '/acct/s/f', {}, 'DeleteFile', 'delete', 'd o'],
    ['PUT', '/acct/s/f?comp=rename', {}, 'Other', 'write', 'w o'],
    ['GET', '/acct/s', {}, 'Other', 'write', 'w o'],
  ])('%s %s %j is %s: the role to %s, the SAS %s', (method, url, headers, name, action, need) => {
    const operation = fileOperationName(method, parseTarget(url), headers);
    const { permissions, resourceType } = sasNeedOf(operation);
    expect([operation, ...fileActionsFor(operation), `${permissions} ${resourceType}`]).toEqual([
      name,
      action,
      need,
    ]);
  });

  it('upon a share as such is never granted by the SAS of a share or file', () => {
    const names = ['CreateShare', 'GetShareProperties', 'SnapshotShare', 'ListShares', 'GetShareACL'];
    expect(names.filter((name) => sasNeedOf(name).byService)).toEqual([]);
    expect(['GetFile', 'CreateDirectory', 'GetPermission'].every((name) => sasNeedOf(name).byService)).toBe(
      true,
    );
  });
});
