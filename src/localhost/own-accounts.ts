import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readEndpoint } from '../runtime/account-endpoint.js';

const accountSchema = z.looseObject({
  name: z.string(),
  blobEndpoint: z.string(),
  fileEndpoint: z.string().optional(),
});
type OwnAccount = z.infer<typeof accountSchema>;

const fileName = 'accounts.json';

/**
 * The account table of somebody who copies with their own sign-in: what `TRANSHIP_ACCOUNTS` says, what commands in this
 * state folder have named before, and `endpoints`, which they name now. An endpoint that is none of Azure's storage, nor
 * on this machine, is left out, so that the API refuses it. The table is kept in the folder; it holds no secret.
 */
export function ownAccounts(
  directory: string,
  endpoints: readonly string[],
  configured: string | undefined,
): readonly OwnAccount[] {
  const accounts: OwnAccount[] = [];
  const add = (account: OwnAccount): void => {
    const same = accounts.findIndex(({ blobEndpoint }) => blobEndpoint === account.blobEndpoint);
    const known = accounts[same];
    if (known !== undefined) accounts[same] = { ...account, ...known };
    else accounts.push({ ...account, name: freeName(account.name, accounts) });
  };
  for (const account of [...readTable(configured), ...readKept(directory)]) add(account);
  for (const endpoint of endpoints) {
    const account = accountOf(endpoint);
    if (account !== undefined) add(account);
  }
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(join(directory, fileName), `${JSON.stringify(accounts, null, 2)}\n`, { mode: 0o600 });
  return accounts;
}

function accountOf(text: string): OwnAccount | undefined {
  const blobEndpoint = readEndpoint(text, true);
  if (blobEndpoint !== undefined) {
    const [host = '', path] = blobEndpoint.slice('https://'.length).split('/');
    const name = path ?? host.split('.')[0] ?? '';
    // Only an emulator is on this machine, and it sorts in its own way.
    return { name, blobEndpoint, ...(path === undefined ? {} : { listingOrder: 'utf16' }) };
  }
  const fileEndpoint = readEndpoint(text, false, 'file');
  const twin = fileEndpoint === undefined ? undefined : accountOf(fileEndpoint.replace('.file.', '.blob.'));
  return twin === undefined || fileEndpoint === undefined ? undefined : { ...twin, fileEndpoint };
}

/** Names are unique in a cloud; an account of another cloud may have the same. */
function freeName(name: string, accounts: readonly OwnAccount[]): string {
  const taken = accounts.filter((account) => account.name.replace(/-\d+$/, '') === name).length;
  return taken === 0 ? name : `${name}-${String(taken + 1)}`;
}

/** What is no table is left to the app, which refuses it with the name of the setting. */
function readTable(text: string | undefined): readonly OwnAccount[] {
  if (text === undefined || text.trim() === '') return [];
  const parsed = z.array(accountSchema).safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error(`TRANSHIP_ACCOUNTS: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

function readKept(directory: string): readonly OwnAccount[] {
  const file = join(directory, fileName);
  return existsSync(file) ? readTable(readFileSync(file, 'utf8')) : [];
}
