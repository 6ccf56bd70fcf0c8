import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { demoObjects } from '../../../src/localhost/demo/demo-objects.js';
import { createLargeContent, largeBlockBytes } from '../../../src/localhost/demo/large-object.js';
import { oddNames } from '../../../src/localhost/demo/odd-names.js';

let tree: string;
beforeEach(async () => {
  tree = await mkdtemp(join(tmpdir(), 'tranship-demo-'));
});
afterEach(() => rm(tree, { recursive: true }));

describe('the objects of the demo', () => {
  it('are the files of the tree in a stable order, without links and hidden folders, and the odd names', async () => {
    await mkdir(join(tree, 'b', 'deep'), { recursive: true });
    await mkdir(join(tree, '.cache'));
    await writeFile(join(tree, 'b', 'deep', 'x.js'), 'x');
    await writeFile(join(tree, 'a.json'), '{}');
    await writeFile(join(tree, '.cache', 'hidden'), '');
    await symlink(join(tree, 'a.json'), join(tree, 'link'));
    const objects = await demoObjects(tree, 6000);
    expect(objects.map(({ name }) => name)).toEqual([
      'node_modules/a.json',
      'node_modules/b/deep/x.js',
      ...oddNames,
    ]);
    expect(objects[0]?.properties.contentType).toBe('application/json');
    expect(objects[1]?.properties.contentType).toBe('text/javascript');
  });

  it('carry metadata with capitals, tags and tiers here and there', async () => {
    const objects = await demoObjects(tree, 6000);
    expect(objects.some(({ metadata }) => 'Origin' in metadata)).toBe(true);
    expect(objects.some(({ tags }) => tags !== undefined)).toBe(true);
    expect(objects.some(({ tier }) => tier === 'Cool')).toBe(true);
    expect(objects.some(({ properties }) => properties.cacheControl !== undefined)).toBe(true);
  });

  it('are as many files as asked for', async () => {
    await writeFile(join(tree, 'a'), '');
    await writeFile(join(tree, 'b'), '');
    expect((await demoObjects(tree, 1)).map(({ name }) => name)).toEqual(['node_modules/a', ...oddNames]);
  });

  it('have a large one whose blocks all differ and repeat exactly', () => {
    const content = createLargeContent();
    expect(content.block(3).equals(content.block(3))).toBe(true);
    expect(content.block(3).equals(content.block(4))).toBe(false);
    expect(content.block(3)).toHaveLength(largeBlockBytes);
    const whole = Buffer.concat([content.block(0), content.block(1)]);
    expect(content.md5(2).equals(createHash('md5').update(whole).digest())).toBe(true);
  });
});
