import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/preflight/finding.js';
import { explainLayout } from '../../../src/preflight/network-layout.js';
import { isPrivateAddress, leadsToPrivateNetwork } from '../../../src/runtime/private-address.js';

const accountOf = (name: string) => ({
  name,
  blobEndpoint: `https://${name}.blob.core.windows.net`,
  fileEndpoint: `https://${name}.file.core.windows.net`,
  listingOrder: 'utf8' as const,
});
const accounts = { source: accountOf('from'), destination: accountOf('to') };
const services = { source: undefined, destination: 'files' } as const;
const refused: Finding = {
  check: 'copy',
  side: 'source',
  ok: false,
  required: true,
  code: 'source-firewall',
  text: 'refused (AuthorizationFailure, HTTP 403)',
  command: 'az storage account network-rule add',
};

async function explained(finding: Finding, ...privately: readonly string[]): Promise<Finding | undefined> {
  const isPrivate = (endpoint: string): Promise<boolean> =>
    Promise.resolve(
      privately.some((name) => endpoint.includes(`/${name}.${name === 'to' ? 'file' : 'blob'}.`)),
    );
  return (await explainLayout([finding], accounts, services, isPrivate))[0];
}

describe('a refusal by a network', () => {
  it('is a firewall where both accounts are reached by their public addresses', async () => {
    expect(await explained(refused)).toBe(refused);
  });

  it.each([
    [
      'only the source is reached privately',
      ['from'],
      'the destination by its public address',
      '--name to-file',
    ],
    ['only the destination is', ['to'], 'the source by its public address', '--name from-blob'],
    ['both are, in networks apart', ['from', 'to'], 'must be in one virtual network', '--name to-file'],
  ])('is a layout of private endpoints when %s', async (_, privately, text, command) => {
    const finding = await explained(refused, ...privately);
    expect(finding).toMatchObject({ code: 'private-endpoint-layout', side: 'source', ok: false });
    expect(finding?.text).toContain(text);
    expect(finding?.text).toContain('AuthorizationFailure');
    expect(finding?.command).toContain(`az network private-endpoint create ${command} `);
    expect(finding?.command).toContain(` --group-id ${command.endsWith('file') ? 'file' : 'blob'}`);
  });

  it('against the app is a layout when the other account alone is reached privately', async () => {
    const firewall: Finding = { ...refused, check: 'list', side: 'destination', code: 'firewall' };
    expect(await explained(firewall, 'from')).toMatchObject({ code: 'private-endpoint-layout' });
    expect(await explained(firewall, 'from', 'to')).toBe(firewall);
    expect(await explained(firewall)).toBe(firewall);
  });

  it('is the only thing that makes anybody look names up', async () => {
    const looked: string[] = [];
    const findings = [{ ...refused, code: 'role-missing' as const }];
    const same = await explainLayout(findings, accounts, services, (endpoint) => {
      looked.push(endpoint);
      return Promise.resolve(true);
    });
    expect([same, looked]).toEqual([findings, []]);
  });
});

describe('an address', () => {
  it.each(['10.0.0.4', '172.16.3.1', '172.31.255.255', '192.168.1.9', '100.64.0.1', 'fd00::1'])(
    '%s is of a private network',
    (address) => {
      expect(isPrivateAddress(address)).toBe(true);
    },
  );

  it.each(['20.60.1.1', '172.32.0.1', '127.0.0.1', '2603:1030::1'])('%s is not', (address) => {
    expect(isPrivateAddress(address)).toBe(false);
  });

  it('that no name leads to is none', async () => {
    expect(await leadsToPrivateNetwork('https://127.0.0.1:10000/source')).toBe(false);
    expect(await leadsToPrivateNetwork('https://10.1.2.3')).toBe(true);
    expect(await leadsToPrivateNetwork('https://account.invalid')).toBe(false);
  });
});
