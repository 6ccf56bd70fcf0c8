import { BlobSASPermissions } from '@azure/storage-blob';
import type { CloudWorld, RawReply } from './cloud-world.js';
import { openCloudWorld } from './cloud-world.js';

/** A cloud with a container `box` in both accounts, and the blob `src` in the source's. */
export interface CopyWorld {
  readonly world: CloudWorld;
  /** Authorization of the worker. */
  readonly token: string;
  /** Content of `src`; it also has metadata, properties and a tag. */
  readonly content: Buffer;
  readonly sourceUrl: (name?: string) => string;
  readonly destinationUrl: (name: string) => string;
  /** Put Blob From URL with bearer on both sides, but for what `headers` change; an empty header is left out. */
  readonly put: (name: string, headers?: Readonly<Record<string, string>>) => Promise<RawReply>;
  /** URL of `src` with a signature for an hour. */
  readonly sasOfSource: (permissions: string) => Promise<string>;
}

export async function openCopyWorld(): Promise<CopyWorld> {
  const world = await openCloudWorld();
  const token = await world.token();
  const content = Buffer.alloc(300_000, 'tranship ');
  for (const account of [world.source, world.destination]) {
    await world.owner(account).getContainerClient('box').create();
  }
  const blob = world.blob(world.source, 'box', 'src');
  await blob.upload(content, content.length, {
    metadata: { CamelCase: 'kept' },
    blobHTTPHeaders: { blobContentType: 'text/odd', blobCacheControl: 'no-cache' },
    tags: { 'key 1': 'a+b=c' },
  });
  const sourceUrl = (name = 'src'): string => `${world.source.blobEndpoint}/box/${name}`;
  const destinationUrl = (name: string): string => `${world.destination.blobEndpoint}/box/${name}`;
  return {
    world,
    token,
    content,
    sourceUrl,
    destinationUrl,
    put: (name, headers = {}) => {
      const all: Readonly<Record<string, string>> = {
        Authorization: token,
        'x-ms-blob-type': 'BlockBlob',
        'x-ms-copy-source': sourceUrl(),
        'x-ms-copy-source-authorization': token,
        ...headers,
      };
      const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
      return world.raw('PUT', destinationUrl(name), given);
    },
    sasOfSource: (permissions) =>
      blob.generateSasUrl({
        permissions: BlobSASPermissions.parse(permissions),
        expiresOn: new Date(Date.now() + 3600_000),
      }),
  };
}
