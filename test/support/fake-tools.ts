import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Folder with tools that people sign in with, to be put first on `PATH`. */
export interface FakeTools {
  readonly folder: string;
  /** What `az account get-access-token` prints for a storage token from now on; undefined: nobody is signed in. */
  az(token: string | undefined): void;
  /** The same of `Get-AzAccessToken` in `pwsh`. */
  pwsh(token: string | undefined): void;
}

/** Programs named `az` and `pwsh` that answer what the identity library asks them, as the real ones do. */
export function createFakeTools(folder: string): FakeTools {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, lines: readonly string[]): void => {
    const path = join(folder, name);
    writeFileSync(path, `${['#!/bin/sh', ...lines].join('\n')}\n`);
    chmodSync(path, 0o755);
  };
  const expiresOn = new Date(Date.now() + 3_600_000).toISOString();
  return {
    folder,
    az: (token) => {
      const asked = '"account get-access-token --output json --resource https://storage.azure.com"*';
      const answer =
        token === undefined
          ? ['echo "ERROR: Please run \'az login\' to setup account." >&2; exit 1']
          : [
              `echo '${JSON.stringify({ accessToken: token, expiresOn, expires_on: Math.floor(Date.parse(expiresOn) / 1000), tokenType: 'Bearer' })}'`,
            ];
      write('az', [`case "$*" in ${asked}) ;; *) echo "not asked so: $*" >&2; exit 2;; esac`, ...answer]);
    },
    pwsh: (token) => {
      const answer =
        token === undefined
          ? ['echo "Run Connect-AzAccount to login." >&2; exit 1']
          : [`echo '${JSON.stringify({ Token: token, ExpiresOn: expiresOn })}'`];
      write('pwsh', [
        '[ "$1" = "/?" ] && exit 0',
        'case "$*" in *Get-AzAccessToken*) ;; *) exit 2;; esac',
        ...answer,
      ]);
    },
  };
}
