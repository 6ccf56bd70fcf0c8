import { lookup } from 'node:dns/promises';
import { BlockList } from 'node:net';

const privateNetworks = new BlockList();
privateNetworks.addSubnet('10.0.0.0', 8);
privateNetworks.addSubnet('172.16.0.0', 12);
privateNetworks.addSubnet('192.168.0.0', 16);
privateNetworks.addSubnet('100.64.0.0', 10);
privateNetworks.addSubnet('fc00::', 7, 'ipv6');

/** True for an address of a private network (RFC 1918, 6598, 4193), as a private endpoint has one. */
export function isPrivateAddress(address: string): boolean {
  return privateNetworks.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
}

/** True when the name of an endpoint leads this process into a private network; false also when it leads nowhere. */
export async function leadsToPrivateNetwork(endpoint: string): Promise<boolean> {
  const addresses = await lookup(new URL(endpoint).hostname, { all: true }).catch(() => []);
  return addresses.some(({ address }) => isPrivateAddress(address));
}
