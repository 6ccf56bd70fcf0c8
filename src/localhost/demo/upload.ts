import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectProperties } from '../../job/operation.js';
import type { LocalFile } from '../local-file.js';
import { packageDirectory } from '../package-layout.js';
import { forEachConcurrently, openContainer, type DemoContainer } from './account.js';
import { demoObjects, type DemoObject } from './demo-objects.js';
import { createLargeContent, largeBlockBytes, largeName } from './large-object.js';

const uploadsInFlight = 32;
const blocksInFlight = 2;
const noteEvery = 2000;

/** Name of the container on both sides. */
export const demoContainer = 'demo';

/** How much is uploaded. */
export interface UploadSize {
  readonly files: number;
  /** A multiple of 8. */
  readonly largeMebibytes: number;
}

/** Fills the container of account `source`. `note` receives sentences for people. */
export async function uploadDemo(
  file: LocalFile,
  { files, largeMebibytes }: UploadSize,
  note: (text: string) => void,
): Promise<void> {
  const startedAt = Date.now();
  const container = openContainer(file, 'source', demoContainer);
  await container.client.createIfNotExists();
  const objects = await demoObjects(join(packageDirectory, 'node_modules'), files);
  note(
    `Uploading ${String(objects.length)} files and one object of ${String(largeMebibytes)} MiB into account source...`,
  );
  let done = 0;
  let sizeBytes = largeMebibytes * 2 ** 20;
  await Promise.all([
    uploadLarge(container, (largeMebibytes * 2 ** 20) / largeBlockBytes),
    forEachConcurrently(objects, uploadsInFlight, async (object) => {
      const written = await uploadOne(container, object);
      sizeBytes += written;
      done += 1;
      if (done % noteEvery === 0) {
        note(`  ${String(done)} of ${String(objects.length)}`);
      }
    }),
  ]);
  const seconds = (Date.now() - startedAt) / 1000;
  note(
    `Uploaded ${String(done + 1)} objects, ${(sizeBytes / 2 ** 20).toFixed(0)} MiB, in ${seconds.toFixed(1)} s.`,
  );
}

/** The properties under the names that the SDK uses. */
function blobHeaders(properties: ObjectProperties): Record<string, string> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]: [string, string]) => [
      `blob${name.charAt(0).toUpperCase()}${name.slice(1)}`,
      value,
    ]),
  );
}

async function uploadOne(container: DemoContainer, object: DemoObject): Promise<number> {
  const { content, metadata, properties, tags, tier } = object;
  const body = 'path' in content ? await readFile(content.path) : Buffer.from(content.text);
  await container.blob(object.name).upload(body, body.length, {
    blobHTTPHeaders: blobHeaders(properties),
    metadata: { ...metadata },
    ...(tags === undefined ? {} : { tags: { ...tags } }),
    ...(tier === undefined ? {} : { tier }),
  });
  return body.length;
}

function blockId(index: number): string {
  return Buffer.from(String(index).padStart(8, '0')).toString('base64');
}

async function uploadLarge(container: DemoContainer, blocks: number): Promise<void> {
  const blob = container.blob(largeName);
  const content = createLargeContent();
  const indices = Array.from({ length: blocks }, (_, index) => index);
  await forEachConcurrently(indices, blocksInFlight, async (index) => {
    const block = content.block(index);
    await blob.stageBlock(blockId(index), block, block.length);
  });
  await blob.commitBlockList(indices.map(blockId), {
    blobHTTPHeaders: { blobContentMD5: content.md5(blocks), blobContentType: 'application/octet-stream' },
    metadata: { Kind: 'large', blockBytes: String(largeBlockBytes) },
  });
}
