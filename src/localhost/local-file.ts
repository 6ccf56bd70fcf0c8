import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { CloudAccount } from './cloud/cloud.js';

/** What `local.json` tells: how any SDK, AzCopy or rclone reaches the cloud, and the CLI the API. */
export interface LocalFile {
  /** Function app, without trailing slash; the API is below `/api`. */
  readonly apiUrl: string;
  /** PEM file that clients must trust: `NODE_EXTRA_CA_CERTS`, `SSL_CERT_FILE`, `--ca-cert`. */
  readonly caFile: string;
  /** `source` and `target`, and `transhiphost`, which holds the state of the jobs. Keys are secrets of this machine only. */
  readonly accounts: readonly CloudAccount[];
  /** Request journal, faults, roles. */
  readonly adminUrl: string;
  /** Absolute. */
  readonly stateDirectory: string;
  /** Process ids; `cloud` has Azurite for a child. */
  readonly processes: { readonly supervisor: number; readonly cloud: number; readonly host: number };
}

/** Writes the file so that a reader sees all of it or the one before; readable by its owner only, as it holds keys. */
export async function writeLocalFile(path: string, content: LocalFile): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  await rename(draft, path);
}

/** Removes the file if this supervisor wrote it. */
export async function removeLocalFile(path: string, supervisor: number): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text !== undefined && (JSON.parse(text) as LocalFile).processes.supervisor === supervisor) {
    await rm(path, { force: true });
  }
}
