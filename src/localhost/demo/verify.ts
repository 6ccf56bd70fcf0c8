import { createHash } from 'node:crypto';
import type { BlobItem } from '@azure/storage-blob';
import type { LocalFile } from '../local-file.js';
import { forEachConcurrently, listAll, openContainer, type DemoContainer } from './account.js';
import { compareListings } from './compare.js';
import { largeName } from './large-object.js';
import { oddNames } from './odd-names.js';
import { requestFigures } from './request-figures.js';
import { demoContainer } from './upload.js';

const shownDifferences = 10;
const sampleEvery = 30;
const readsInFlight = 16;

/**
 * Compares both sides object by object with the public SDK, reads the large object, the odd names and a sample of the rest
 * back in full, and checks that no content passed through the app. True when all of that holds.
 */
export async function verifyDemo(file: LocalFile, note: (text: string) => void): Promise<boolean> {
  const figures = await requestFigures(file);
  const source = openContainer(file, 'source', demoContainer);
  const target = openContainer(file, 'target', demoContainer);
  const [ours, theirs] = await Promise.all([listAll(source), listAll(target)]);
  const differences = [
    ...compareListings(ours, theirs),
    ...(ours.size > oddNames.length ? [] : ['the source holds less than was uploaded']),
    ...(figures.objectBytes === 0
      ? []
      : [`${String(figures.objectBytes)} bytes of objects passed through the app`]),
  ];
  const sample = sampleOf(ours);
  await forEachConcurrently(sample, readsInFlight, async (name) => {
    const [left, right] = await Promise.all([contentHash(source, name), contentHash(target, name)]);
    if (left !== right) {
      differences.push(`the content of ${JSON.stringify(name)} differs`);
    }
  });
  differences.push(...(await checkLarge(target, ours)));
  const perObject = (figures.source + figures.destination) / Math.max(1, ours.size);
  note(
    `Requests of the app, as the cloud counted them: ${String(figures.source)} source, ${String(figures.destination)} destination, ` +
      `${String(figures.state)} state; ${perObject.toFixed(3)} per object at source and destination.`,
  );
  note(`Bytes of objects that passed through the app: ${String(figures.objectBytes)}.`);
  if (differences.length === 0) {
    note(
      `Verified ${String(ours.size)} objects on both sides: names, sizes, MD5, HTTP properties, metadata, tags and tiers are equal; ` +
        `${String(sample.length)} of them and the large one were also read back and have equal content.`,
    );
    return true;
  }
  note(`${String(differences.length)} differences between source and target:`);
  for (const difference of differences.slice(0, shownDifferences)) {
    note(`  ${difference}`);
  }
  return false;
}

function sampleOf(items: ReadonlyMap<string, BlobItem>): string[] {
  const odd = new Set(oddNames);
  return [...items.keys()].filter(
    (name, index) => name !== largeName && (odd.has(name) || index % sampleEvery === 0),
  );
}

async function contentHash(container: DemoContainer, name: string): Promise<string> {
  return createHash('sha256')
    .update(await container.blob(name).downloadToBuffer())
    .digest('hex');
}

/** Reads the large copy back: its content must have the MD5 that the source was given, and its blocks its size. */
async function checkLarge(target: DemoContainer, source: ReadonlyMap<string, BlobItem>): Promise<string[]> {
  const blob = target.blob(largeName);
  const { contentMD5: expected, contentLength } = source.get(largeName)?.properties ?? {};
  if (expected === undefined || !(await blob.exists())) {
    return ['the large object is missing'];
  }
  const hash = createHash('md5');
  const { readableStreamBody } = await blob.download();
  for await (const chunk of readableStreamBody ?? []) {
    hash.update(chunk as Buffer);
  }
  const blocks = (await blob.getBlockList('committed')).committedBlocks ?? [];
  const sizeBytes = blocks.reduce((sum, block) => sum + block.size, 0);
  return [
    ...(hash.digest().equals(expected) ? [] : ['the content of the large object differs']),
    ...(blocks.length === 0 || sizeBytes === contentLength ? [] : ['its blocks do not add up to its size']),
  ];
}
