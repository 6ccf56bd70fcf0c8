import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { ServiceError } from '../errors.js';
import type { ShareProperties } from './share-change.js';
import { Share } from './share.js';

/** The shares of all accounts, each in a directory of its own. */
export interface ShareStore {
  /** The shares of an account in the order of their names. */
  list(account: string): readonly Share[];
  find(account: string, name: string): Share | undefined;
  /** 409 ShareAlreadyExists. */
  create(account: string, name: string, properties: Omit<ShareProperties, 'etag' | 'lastModifiedMs'>): Share;
  /** Deletes a share with its snapshots. */
  remove(account: string, share: Share): void;
  close(): void;
}

/** Opens what the directory holds, and makes it when absent. Two processes must not share it. */
export function openShareStore(directory: string): ShareStore {
  const trash = join(directory, 'deleted');
  rmSync(trash, { recursive: true, force: true });
  mkdirSync(trash, { recursive: true, mode: 0o700 });
  const accountsDirectory = join(directory, 'accounts');
  mkdirSync(accountsDirectory, { recursive: true, mode: 0o700 });
  const accounts = new Map<string, Map<string, Share>>();
  for (const account of readdirSync(accountsDirectory)) {
    accounts.set(account, openShares(join(accountsDirectory, account)));
  }
  const sharesOf = (account: string): Map<string, Share> => accounts.get(account) ?? new Map<string, Share>();
  return {
    list: (account) => [...sharesOf(account).values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    find: (account, name) => sharesOf(account).get(name),
    create: (account, name, properties) => {
      const shares = sharesOf(account);
      if (shares.has(name)) {
        throw new ServiceError(409, 'ShareAlreadyExists', 'The specified share already exists.');
      }
      const share = Share.create(name, join(accountsDirectory, account, name), properties);
      accounts.set(account, shares.set(name, share));
      return share;
    },
    remove: (account, share) => {
      share.close();
      sharesOf(account).delete(share.name);
      const grave = join(trash, randomUUID());
      renameSync(join(accountsDirectory, account, share.name), grave);
      rmSync(grave, { recursive: true, force: true });
    },
    close: () => {
      for (const shares of accounts.values()) for (const share of shares.values()) share.close();
      accounts.clear();
    },
  };
}

function openShares(directory: string): Map<string, Share> {
  const shares = new Map<string, Share>();
  for (const name of readdirSync(directory)) {
    const share = Share.open(name, join(directory, name));
    if (share !== undefined) shares.set(name, share);
    else rmSync(join(directory, name), { recursive: true, force: true });
  }
  return shares;
}
