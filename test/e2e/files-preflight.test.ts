import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { preflightSchema } from '../../src/functions/http/response-schemas.js';
import { appRoles } from '../../src/localhost/app-environment.js';
import { FilesRig } from '../support/files-rig.js';
import { takeRight } from '../support/role-faults.js';

type Preflight = z.infer<typeof preflightSchema>;

let files: FilesRig;
beforeAll(async () => {
  files = await FilesRig.start();
  await (await files.share('source', 'data')).put('a/b', 'content');
  await files.share('target', 'data');
  await files.rig.container('target', 'data');
  await files.rig.fill(await files.rig.container('source', 'data'), ['a']);
});
afterAll(() => files.stop());
afterEach(async () => {
  await files.rig.admin('PUT', 'roles', appRoles);
  await files.rig.admin('DELETE', 'faults');
});

/** The command that gives a role at a share, or at the account where no share is named. */
function shareCommand(role: string, account: string, share?: string): string {
  const within = share === undefined ? '' : `/fileServices/default/fileshares/${share}`;
  return `--role "${role}" --scope "$(az storage account show --name ${account} --query id --output tsv)${within}"`;
}

describe('a preflight with shares', () => {
  const reader = 'Storage File Data Privileged Reader';
  const contributor = 'Storage File Data Privileged Contributor';
  const sharesRole = 'Tranship Share Snapshots';
  const blobs = (account: string): string => files.rig.url(account, 'data');
  const shares = (account: string): string => files.fileUrl(account, 'data');

  async function told(
    source: string,
    destination: string,
    more: Record<string, unknown> = {},
  ): Promise<Preflight> {
    const request = { source, destination, mirror: true, ...more };
    const { status, body } = await files.rig.call('POST', 'preflight', request);
    expect(status).toBe(200);
    return preflightSchema.parse(body);
  }

  const faults = ({ findings }: Preflight) => findings.filter(({ ok }) => ok === false);

  it('proves every right of a mirror of a share from a snapshot, and leaves nothing behind', async () => {
    await files.rig.clearJournal();
    const found = await told(shares('source'), shares('target'), { consistency: 'snapshot' });
    expect(found.findings.map(({ side, check, ok }) => `${side} ${check} ${String(ok)}`)).toEqual([
      'source list true',
      'source read true',
      'source delegate true',
      'source snapshot true',
      'source takeSnapshot true',
      'source deleteSnapshot true',
      'destination list true',
      'destination write true',
      'destination copy null',
      'destination delete true',
    ]);
    expect(found.ok).toBe(true);
    const sent = await files.entries({ service: 'file' });
    expect(sent.filter(({ status = 0, method }) => method !== 'GET' && status < 300)).toEqual([
      expect.objectContaining({ operation: 'GetUserDelegationKey' }),
    ]);
    expect(sent.length).toBeLessThanOrEqual(9);
  });

  it.each([
    ['files', 'files', 'source', 'read', 'list', reader],
    ['files', 'files', 'target', 'write', 'write', contributor],
    ['files', 'files', 'target', 'delete', 'delete', contributor],
    ['files', 'blob', 'source', 'read', 'list', reader],
    ['blob', 'files', 'target', 'write', 'write', contributor],
    ['blob', 'files', 'target', 'read', 'list', reader],
  ] as const)('from %s to %s without the right of %s to %s names the role for %s', async (...row) => {
    const [from, to, account, action, check, role] = row;
    await takeRight(files.rig, account, action);
    const at = { files: shares, blob: blobs };
    const found = await told(at[from]('source'), at[to]('target'));
    expect(found.ok).toBe(false);
    expect(faults(found)).toMatchObject([
      {
        check,
        code: 'role-missing',
        command: expect.stringContaining(shareCommand(role, account, 'data')) as string,
      },
    ]);
  });

  it('without the rights of snapshots says which, and defines the role that has them', async () => {
    await takeRight(files.rig, 'source', 'shares');
    const found = await told(shares('source'), blobs('target'), { consistency: 'snapshot' });
    expect(faults(found).map(({ check }) => check)).toEqual(['snapshot', 'takeSnapshot', 'deleteSnapshot']);
    for (const { text, command: mends, required } of faults(found)) {
      expect(required).toBe(true);
      expect(text).toContain('Microsoft.Storage/storageAccounts/fileServices/shares/write');
      expect(mends).toContain('az role definition create --role-definition ');
      expect(mends).toContain(shareCommand(sharesRole, 'source'));
    }
    // Nobody needs them for a job that takes none.
    expect((await told(shares('source'), blobs('target'))).ok).toBe(true);
  });

  it('to a container proves that the destination reads the share, and tells the firewall of one that does not let it', async () => {
    const proven = await told(shares('source'), blobs('target'));
    expect(proven.findings).toContainEqual(expect.objectContaining({ check: 'copy', ok: true }));
    await files.rig.admin('POST', 'faults', [
      { service: 'file', account: 'source', side: 'source', status: 403, code: 'AuthorizationFailure' },
    ]);
    expect(faults(await told(shares('source'), blobs('target')))).toMatchObject([
      { side: 'source', check: 'copy', code: 'source-firewall' },
    ]);
  });

  it('knows a share that is not there, and what makes it', async () => {
    const found = await told(blobs('source'), files.fileUrl('target', 'nowhere'));
    expect(faults(found)).toMatchObject([
      {
        check: 'list',
        side: 'destination',
        code: 'container-not-found',
        command: 'az storage share-rm create --storage-account target --name nowhere',
      },
    ]);
  });
});
