import { expect, it } from 'vitest';
import { copyObject } from '../../../src/copy/copy-object.js';
import { MemoryShare } from '../../support/memory-share.js';
import { createFixture } from './fixture.js';

it('a directory that meets a file of its name is a conflict, and the file stays', async () => {
  const fixture = createFixture();
  const share = new MemoryShare('to');
  share.put('out/thing', 5);
  const smb = { attributes: 'Directory' };
  const operation = fixture.plan(
    'thing/',
    { sizeBytes: 0 },
    { kind: 'directory', presentDirectories: 1, unlisted: false, smb },
  );
  const outcome = await copyObject(operation, fixture.context({ destination: share.container() }));
  expect(outcome).toMatchObject({
    outcome: 'conflict',
    reason: 'destination-exists',
    message: expect.stringContaining('a file stands where the directory is to be') as string,
  });
  expect([...share.files.keys()]).toEqual(['out/thing', 'out/']);
});
