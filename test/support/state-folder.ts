import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noteOpened, noteScanned } from './secret-ledger.js';
import { canaryFolder, plantCanaries, scanState } from './state-secrets.js';

/** Where a host or a cloud under test keeps what it keeps. */
export interface StateFolder {
  readonly path: string;
  /**
   * To be called when whoever wrote there has ended. Scans all of it for secrets, canaries among them, writes the verdict
   * to the ledger of the run, and removes the folder. Rejects when it holds a secret, and leaves the folder then.
   */
  close(): Promise<void>;
}

/** Makes a folder of its own for state. The whole run fails when it is never closed and holds a secret at the end. */
export async function openStateFolder(prefix: string): Promise<StateFolder> {
  const by = /[\w./-]+\.test\.ts/.exec(new Error('who').stack ?? '')?.[0] ?? 'no test';
  const path = await mkdtemp(join(tmpdir(), `${prefix}-`));
  noteOpened({ path, by });
  return { path, close: () => closeFolder(path) };
}

async function closeFolder(path: string): Promise<void> {
  const planted = plantCanaries(path);
  const { findings, ...totals } = scanState(path);
  const isCanary = ({ file }: { readonly file: string }): boolean => file.startsWith(`${canaryFolder}/`);
  const canariesFound = planted.filter(({ file, what }) =>
    findings.some((found) => found.file === file && found.what === what),
  ).length;
  const secrets = findings.filter((finding) => !isCanary(finding));
  noteScanned({
    path,
    ...totals,
    canaries: planted.length,
    canariesFound,
    findings: secrets.map(({ file, what }) => `${what} in ${file}`),
  });
  await rm(join(path, canaryFolder), { recursive: true });
  if (secrets.length > 0) throw new Error(`secrets on disk below ${path}: ${JSON.stringify(secrets)}`);
  await rm(path, { recursive: true, force: true });
}
