import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What must survive a restart so that clients, stored SAS tokens and running jobs go on. */
export interface CloudState {
  readonly tenantId: string;
  /** base64; signs the bearer tokens. */
  readonly tokenSecret: string;
  /** Value clients send as `x-identity-header`. */
  readonly identityHeader: string;
  /** Account keys (base64) by account name. */
  readonly keys: Readonly<Record<string, string>>;
}

/** Reads the kept secrets, adding a key for each account that has none. The file is readable by its owner only. */
export function ensureState(directory: string, accountNames: readonly string[]): CloudState {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'cloud.json');
  const kept: CloudState = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as CloudState)
    : {
        tenantId: randomUUID(),
        tokenSecret: randomBytes(32).toString('base64'),
        identityHeader: randomUUID(),
        keys: {},
      };
  const keys = { ...kept.keys };
  for (const name of accountNames) keys[name] ??= randomBytes(64).toString('base64');
  const state = { ...kept, keys };
  writeFileSync(file, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  return state;
}
