import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { scanSecrets, type Finding, type ScanResult } from './scan-secrets.js';

interface CloudSecrets {
  readonly tokenSecret: string;
  readonly identityHeader: string;
  readonly keys: Readonly<Record<string, string>>;
}

/** Secrets of every emulated cloud that has its state below the folder, by what they are. */
function secretsBelow(folder: string): Record<string, string> {
  const secrets: Record<string, string> = {};
  for (const file of globSync('**/cloud.json', { cwd: folder })) {
    const cloud = JSON.parse(readFileSync(join(folder, file), 'utf8')) as CloudSecrets;
    const at = dirname(file);
    secrets[`the secret that signs tokens of ${at}`] = cloud.tokenSecret;
    secrets[`the identity header of ${at}`] = cloud.identityHeader;
    for (const [name, key] of Object.entries(cloud.keys)) secrets[`the key of ${name} of ${at}`] = key;
  }
  return secrets;
}

/** What lies on disk because it must, readable by its owner only; each file for its own kind of secret alone. */
const allowed: Readonly<Record<string, (what: string) => boolean>> = {
  // Tells people and tools the keys of the emulated accounts.
  'local.json': (what) => what.startsWith('the key of '),
  // The emulated cloud itself, which must know its secrets again after a restart: keys, and what signs its tokens.
  'cloud.json': (what) => what.startsWith('the '),
  'cloud-key.pem': (what) => what === 'a private key',
};

/** Looks for every secret of the clouds below the folder, for `more`, and for all that has the form of a secret. */
export function scanState(folder: string, more: Readonly<Record<string, string>> = {}): ScanResult {
  return scanSecrets(folder, { secrets: { ...secretsBelow(folder), ...more }, allowed });
}

/** Puts a secret of each kind, in each guise, below the folder; returns what a scan has to find. */
export function plantCanaries(folder: string): readonly Finding[] {
  const jwt = `eyJhbGciOiJIUzI1NiJ9.eyJ${'b'.repeat(20)}.c`;
  const [[name, secret] = ['a SAS', `?sig=${'x'.repeat(43)}`]] = Object.entries(secretsBelow(folder));
  const canaries: readonly (readonly [file: string, content: string | Buffer, what: string])[] = [
    ['journal', `{"input":"${jwt}"}`, 'a token'],
    ['packed', Buffer.concat([Buffer.from('a blob'), gzipSync(`{"t":"${jwt}"}\n`)]), 'a token'],
    ['base64', Buffer.from(`.${jwt}`).toString('base64'), 'a token in base64'],
    ['bearer.log', `authorization: Bearer ${'q'.repeat(30)}`, 'a bearer token'],
    ['sas.log', `GET https://a.example/c?sv=1&sig=${'x'.repeat(43)}%3D`, 'a SAS'],
    ['delegation.log', `"skoid=o&sks=b&sp=r&sig=${'x'.repeat(43)}%3D"`, 'a SAS'],
    ['encoded.log', `source=https%3A%2F%2Fa.example%2Fc%3Fsp%3Dr%26sig%3D${'x'.repeat(43)}%253D`, 'a SAS'],
    [
      'delegation.xml',
      `<SignedVersion>2025-07-05</SignedVersion><Value>${'k'.repeat(43)}=</Value></UserDelegationKey>`,
      'a user delegation key',
    ],
    ['connection', `AccountName=a;AccountKey=${'Zm9v'.repeat(10)}`, 'an account key'],
    ['code', `/api/jobs?code=${'k'.repeat(40)}`, 'a function key'],
    ['shared', `SharedKey source:${'Zm9v'.repeat(11)}`, 'a shared key'],
    ['key.pem', '-----BEGIN PRIVATE KEY-----', 'a private key'],
    ['plain', `..${secret}..`, name],
    ['report.csv.gz', gzipSync(`a,${secret}\n`), name],
    ['deep', Buffer.concat([Buffer.alloc(2 ** 20), Buffer.from(secret)]), name],
  ];
  mkdirSync(join(folder, canaryFolder), { recursive: true });
  return canaries.map(([file, content, what]) => {
    writeFileSync(join(folder, canaryFolder, file), content);
    return { file: join(canaryFolder, file), what };
  });
}

/** Where {@link plantCanaries} puts them. */
export const canaryFolder = 'canaries';
