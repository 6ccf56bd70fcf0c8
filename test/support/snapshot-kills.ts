import { hostAccount } from '../../src/localhost/app-environment.js';
import type { FaultStatus } from '../../src/localhost/cloud/faults.js';
import type { FilesRig } from './files-rig.js';
import type { RawShare } from './raw-share.js';

/** The request that a kill falls upon, which then never reaches its service; and the snapshots that may be there by then. */
interface Moment {
  readonly name: string;
  readonly rule: Readonly<Record<string, string>>;
  readonly snapshots: number;
}

const state = { account: hostAccount, container: 'tranship' };
const source = { service: 'file', account: 'source', path: 'sharesnapshot=' };

/**
 * Where a death could orphan a snapshot: it is there and nothing says so; it is written down and nothing was read; its job
 * is over and it is still there; it is gone and the job's mark is not.
 */
const moments: readonly Moment[] = [
  {
    name: 'made, not recorded',
    rule: { ...state, operation: 'PutBlob', path: 'pairs\\.json' },
    snapshots: 1,
  },
  { name: 'recorded, nothing read', rule: { ...source, operation: 'ListFilesAndDirectories' }, snapshots: 1 },
  { name: 'the job is over, not deleted', rule: { ...source, operation: 'DeleteShare' }, snapshots: 1 },
  {
    name: 'deleted, the mark is there',
    rule: { ...state, operation: 'DeleteBlob', path: 'active' },
    snapshots: 0,
  },
];

/**
 * Kills the host with SIGKILL at each moment in the life of the snapshot of a job from a share, and starts it again. Gives
 * what was not as it must be: while the job needs it there is one snapshot, never two, and none when it is over.
 */
export async function killAroundSnapshot(
  files: FilesRig,
  share: RawShare,
  start: () => Promise<unknown>,
): Promise<readonly string[]> {
  const broken: string[] = [];
  let begin = start;
  for (const { name, rule, snapshots } of moments) {
    const look = async (when: string): Promise<void> => {
      const { length } = await share.snapshots();
      if (length !== snapshots) broken.push(`${name}: ${String(length)} snapshots ${when}`);
    };
    // While the host is down, so that the moment cannot pass before.
    await files.rig.admin('DELETE', 'faults');
    const held = { times: 1, delayMs: 60_000, reset: 'before' };
    await files.rig.admin('POST', 'faults', { ...rule, ...held });
    await begin();
    begin = () => files.rig.local.startHost();
    await files.until(() => isHeld(files), name);
    await look('while it is held up');
    await files.rig.local.killHost('SIGKILL');
    await look('while the host is down');
  }
  await files.rig.local.startHost();
  return broken;
}

/** The journal tells nobody yet whose request it is that is held up. */
async function isHeld(files: FilesRig): Promise<boolean> {
  const { rules } = await files.rig.admin('GET', 'faults');
  return (rules as readonly FaultStatus[]).some(({ applied }) => applied > 0);
}
