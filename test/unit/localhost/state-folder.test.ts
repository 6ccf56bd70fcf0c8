import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clearState } from '../../../src/localhost/state-folder.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tranship-state-'));
  await mkdir(join(folder, 'cloud', 'deep'), { recursive: true });
  await writeFile(join(folder, 'local.json'), '{}');
});
afterEach(() => rm(folder, { recursive: true }));

describe('clearing a state folder', () => {
  it('removes what a supervisor leaves, and keeps the folder', async () => {
    await clearState(folder);
    expect(await readdir(folder)).toEqual([]);
  });

  it('removes nothing when the folder holds something of somebody else', async () => {
    await writeFile(join(folder, 'thesis.doc'), '');
    await expect(clearState(folder)).rejects.toThrow(/thesis.doc/);
    expect((await readdir(folder)).sort()).toEqual(['cloud', 'local.json', 'thesis.doc']);
  });
});
