import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { removeLocalFile, writeLocalFile, type LocalFile } from '../../../src/localhost/local-file.js';

const content: LocalFile = {
  apiUrl: 'http://127.0.0.1:1',
  caFile: '/ca.pem',
  accounts: [],
  adminUrl: 'http://127.0.0.1:2',
  stateDirectory: '/state',
  processes: { supervisor: 7, cloud: 8, host: 9 },
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tranship-local-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('local.json', () => {
  it('is written whole, for its owner only, and leaves no draft', async () => {
    const path = join(folder, 'deep', 'local.json');
    await writeLocalFile(path, content);
    await writeLocalFile(path, { ...content, apiUrl: 'http://127.0.0.1:3' });
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ ...content, apiUrl: 'http://127.0.0.1:3' });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, 'deep'))).toEqual(['local.json']);
  });

  it('is removed only by the supervisor that wrote it', async () => {
    const path = join(folder, 'local.json');
    await writeLocalFile(path, content);
    await removeLocalFile(path, 70);
    expect(await readdir(folder)).toEqual(['local.json']);
    await removeLocalFile(path, 7);
    await removeLocalFile(path, 7);
    expect(await readdir(folder)).toEqual([]);
  });
});
