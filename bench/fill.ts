import { numbered, type LocalRig } from '../test/support/local-rig.js';
import { createLargeContent, largeBlockBytes } from '../src/localhost/demo/large-object.js';
import { forEachConcurrently } from '../src/localhost/demo/account.js';
import type { Task } from './task.js';

const smallBytes = 4096;

/** Uploads so many objects of 4 KiB into account `source`, each with content of its own. */
export async function fillSmall(rig: LocalRig, sourceContainer: string, objects: number): Promise<Task> {
  const container = await rig.container('source', sourceContainer);
  await rig.fill(container, numbered(objects), (name) => name.repeat(smallBytes).slice(0, smallBytes));
  return { name: 'small', sourceContainer, objects, sizeBytes: objects * smallBytes };
}

/** Uploads one object of so many MiB, a multiple of 8. */
export async function fillLarge(rig: LocalRig, sourceContainer: string, mebibytes: number): Promise<Task> {
  const container = await rig.container('source', sourceContainer);
  const blob = container.blob('large.bin');
  const content = createLargeContent();
  const sizeBytes = mebibytes * 2 ** 20;
  const indices = Array.from({ length: sizeBytes / largeBlockBytes }, (_, index) => index);
  const blockId = (index: number): string => Buffer.from(String(index).padStart(8, '0')).toString('base64');
  await forEachConcurrently(indices, 2, async (index) => {
    await blob.stageBlock(blockId(index), content.block(index), largeBlockBytes);
  });
  await blob.commitBlockList(indices.map(blockId));
  return { name: 'large', sourceContainer, objects: 1, sizeBytes };
}
