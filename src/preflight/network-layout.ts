import type { Account } from '../job/account.js';
import type { Side } from '../storage/side.js';
import type { Finding } from './finding.js';
import { privateEndpointCommand } from './mend.js';

type Accounts = Readonly<Record<Side, Account | undefined>>;
type Services = Readonly<Record<Side, 'files' | undefined>>;

const other = { source: 'destination', destination: 'source' } as const;

/**
 * Tells a layout of private endpoints from a firewall. The destination reads the source on behalf of the app's network: an
 * account that the app reaches privately must be reached so by the other account's copies too, which takes private
 * endpoints of both in one network. Looks names up only when a network has refused something.
 */
export async function explainLayout(
  findings: readonly Finding[],
  accounts: Accounts,
  services: Services,
  isPrivate: (endpoint: string) => Promise<boolean>,
): Promise<readonly Finding[]> {
  if (!findings.some(({ code }) => code === 'firewall' || code === 'source-firewall')) return findings;
  const look = async (side: Side): Promise<boolean> => {
    const account = accounts[side];
    const endpoint = services[side] === 'files' ? account?.fileEndpoint : account?.blobEndpoint;
    return endpoint !== undefined && isPrivate(endpoint);
  };
  const [source, destination] = await Promise.all([look('source'), look('destination')]);
  const reached = { source, destination };
  return findings.map((finding) => explain(finding, accounts, services, reached));
}

function explain(
  finding: Finding,
  accounts: Accounts,
  services: Services,
  reached: Readonly<Record<Side, boolean>>,
): Finding {
  const { code, side } = finding;
  const isLayout =
    (code === 'source-firewall' && (reached.source || reached.destination)) ||
    (code === 'firewall' && !reached[side] && reached[other[side]]);
  if (!isLayout) return finding;
  // The account without a private endpoint is the one to mend; with two, their networks differ.
  const lacking = reached[side] ? other[side] : side;
  const account = accounts[lacking];
  const both = reached.source && reached.destination;
  const text = both
    ? 'The app reaches both accounts by private endpoints, and the destination cannot read the source through them: private endpoints of both accounts must be in one virtual network, the one of the app'
    : `The app reaches the ${other[lacking]} by a private endpoint and the ${lacking} by its public address: both accounts need private endpoints in the virtual network of the app`;
  const { command: _, ...rest } = finding;
  return {
    ...rest,
    code: 'private-endpoint-layout',
    text: `${text} (${finding.text})`,
    ...(account === undefined ? {} : { command: privateEndpointCommand(account, services[lacking]) }),
  };
}
