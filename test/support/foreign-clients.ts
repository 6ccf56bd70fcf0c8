import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AccountSASPermissions,
  generateAccountSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import type { LocalFile } from '../../src/localhost/local-file.js';
import { packageDirectory } from '../../src/localhost/package-layout.js';
import { startProcess, type Ended, type Running } from './foreign-process.js';

/** Where `scripts/witness-tools.mjs` puts it. */
const azcopyBinary = join(packageDirectory, 'node_modules', '.cache', 'witness', 'azcopy-10.32.2');
const dayMs = 86_400_000;

/** The last word of an AzCopy job. Numbers are text there. */
export interface AzCopySummary {
  readonly JobID: string;
  readonly JobStatus: string;
  readonly TotalTransfers: string;
  readonly TransfersCompleted: string;
  readonly TransfersFailed: string;
  readonly FailedTransfers: readonly unknown[] | null;
  readonly DeleteTransfersCompleted?: string;
}

interface AzCopyMessage {
  readonly MessageType: string;
  readonly MessageContent: string;
}

/** What clients need to know of a cloud. */
export type CloudFacts = Pick<LocalFile, 'accounts' | 'caFile'>;

/** AzCopy and rclone with keys to the local cloud: the clients of other people, and judges of what we did. */
export class ForeignClients {
  readonly #file: CloudFacts;
  readonly #folder: string;
  readonly #sas: ReadonlyMap<string, string>;

  private constructor(file: CloudFacts, folder: string) {
    this.#file = file;
    this.#folder = folder;
    this.#sas = new Map(file.accounts.map(({ name, key }) => [name, accountSas(name, key)]));
  }

  /** Writes the settings of both; throws when one is not installed. */
  static async open(file: CloudFacts): Promise<ForeignClients> {
    if (!existsSync(azcopyBinary)) throw new Error('AzCopy is missing: run node scripts/witness-tools.mjs');
    const folder = await mkdtemp(join(tmpdir(), 'tranship-foreign-'));
    const clients = new ForeignClients(file, folder);
    await mkdir(join(folder, 'azcopy'));
    const remotes = file.accounts.map(
      ({ name }) => `[${name}]\ntype = azureblob\nsas_url = ${clients.url(name)}\n`,
    );
    await writeFile(join(folder, 'rclone.conf'), remotes.join('\n'), { mode: 0o600 });
    return clients;
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** URL of a place with an account SAS; `path` is percent-encoded already. */
  url(account: string, path = ''): string {
    const endpoint = this.#file.accounts.find(({ name }) => name === account)?.blobEndpoint ?? '';
    return `${endpoint}${path === '' ? '' : `/${path}`}?${this.#sas.get(account) ?? ''}`;
  }

  /** URL of a place in Azure Files, likewise. */
  fileUrl(account: string, path = ''): string {
    const endpoint = this.#file.accounts.find(({ name }) => name === account)?.fileEndpoint ?? '';
    return `${endpoint}${path === '' ? '' : `/${path}`}?${this.#sas.get(account) ?? ''}`;
  }

  /** The SAS of an account, without a question mark. */
  sas(account: string): string {
    return this.#sas.get(account) ?? '';
  }

  startAzCopy(words: readonly string[], settings: Readonly<Record<string, string>> = {}): Running {
    const folder = join(this.#folder, 'azcopy');
    return startProcess(azcopyBinary, words, {
      HOME: folder,
      AZCOPY_LOG_LOCATION: folder,
      AZCOPY_JOB_PLAN_LOCATION: folder,
      AZCOPY_DISABLE_SYSLOG: 'true',
      SSL_CERT_FILE: this.#file.caFile,
      ...settings,
    });
  }

  azcopy(...words: readonly string[]): Promise<Ended> {
    return this.startAzCopy([...words, '--output-type=json']).ended;
  }

  /** rclone with a remote for each account, named as the account. */
  rclone(...words: readonly string[]): Promise<Ended> {
    return startProcess('rclone', ['--config', join(this.#folder, 'rclone.conf'), ...words], {
      HOME: this.#folder,
      SSL_CERT_FILE: this.#file.caFile,
    }).ended;
  }
}

/** Messages of one type, in order, from `--output-type=json`. */
export function azcopyMessages({ stdout }: Ended, type: string): readonly string[] {
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as AzCopyMessage)
    .filter((message) => message.MessageType === type)
    .map((message) => message.MessageContent);
}

/** What AzCopy says of its job at the end; throws with its output when it says nothing. */
export function azcopySummary(ended: Ended): AzCopySummary {
  const last = azcopyMessages(ended, 'EndOfJob').at(-1);
  if (last === undefined) throw new Error(`AzCopy gave no summary: ${ended.stdout}${ended.stderr}`);
  return JSON.parse(last) as AzCopySummary;
}

function accountSas(name: string, key: string): string {
  const values = {
    expiresOn: new Date(Date.now() + dayMs),
    permissions: AccountSASPermissions.parse('rwdlacupt'),
    services: 'bf',
    resourceTypes: 'sco',
  };
  return generateAccountSASQueryParameters(values, new StorageSharedKeyCredential(name, key)).toString();
}
