import { readFile } from 'node:fs/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import * as current from '@azure/storage-file-share';
import type {
  ShareClient,
  ShareFileClient,
  ShareServiceClient,
  StorageSharedKeyCredential,
} from '@azure/storage-file-share';
import * as former from 'storage-file-share-12-31';
import { BlobServiceClient } from '@azure/storage-blob';
import type { CloudAccount } from '../../src/localhost/cloud/cloud.js';
import type { CloudWorld } from './cloud-world.js';
import { openCloudWorld } from './cloud-world.js';

/** Both editions of the SDK: a new generator, and the last of the old one. Their clients are used alike. */
export const sdks = [
  ['12.33', current],
  ['12.31', former as unknown as typeof current],
] as const;
type Sdk = typeof current;

const once = { retryOptions: { maxTries: 1 } };

/** A cloud of two accounts, trusted by this process, and clients of one edition of the Files SDK. */
export interface FilesWorld extends CloudWorld {
  files(sdk: Sdk, account: CloudAccount): ShareServiceClient;
  fileKey(sdk: Sdk, account: CloudAccount): StorageSharedKeyCredential;
  /** By the token of an identity; without `intent` as the SDK is when nobody asks for one. */
  filesByToken(sdk: Sdk, account: CloudAccount, intent?: 'backup'): Promise<ShareServiceClient>;
  /** A new share in the source account. */
  share(sdk: Sdk, name: string): Promise<ShareClient>;
  blobsByToken(account: CloudAccount): Promise<BlobServiceClient>;
}

export async function openFilesWorld(): Promise<FilesWorld> {
  const world = await openCloudWorld();
  setDefaultCACertificates([...getCACertificates('default'), await readFile(world.cloud.caFile, 'utf8')]);
  const tokenCredential = async (): Promise<{
    getToken: () => Promise<{ token: string; expiresOnTimestamp: number }>;
  }> => {
    const token = (await world.token()).replace('Bearer ', '');
    return { getToken: () => Promise.resolve({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) };
  };
  const fileKey = (sdk: Sdk, { name, key }: CloudAccount): StorageSharedKeyCredential =>
    new sdk.StorageSharedKeyCredential(name, key);
  const files = (sdk: Sdk, account: CloudAccount): ShareServiceClient =>
    new sdk.ShareServiceClient(account.fileEndpoint, fileKey(sdk, account), once);
  return {
    ...world,
    fileKey,
    files,
    filesByToken: async (sdk, account, intent) =>
      new sdk.ShareServiceClient(account.fileEndpoint, await tokenCredential(), {
        ...once,
        ...(intent === undefined ? {} : { fileRequestIntent: intent }),
      }),
    share: async (sdk, name) => {
      const client = files(sdk, world.source).getShareClient(name);
      await client.create();
      return client;
    },
    blobsByToken: async (account) =>
      new BlobServiceClient(account.blobEndpoint, await tokenCredential(), once),
  };
}

/** A new file with this content. */
export async function fileWith(
  share: ShareClient,
  path: string,
  content: Buffer | string,
): Promise<ShareFileClient> {
  const bytes = Buffer.from(content);
  const file = share.rootDirectoryClient.getFileClient(path);
  await file.create(bytes.length);
  if (bytes.length > 0) await file.uploadRange(bytes, 0, bytes.length);
  return file;
}

/** First and last byte of each range that was written, as raw XML tells: the two editions of the SDK ask in different ways. */
export async function rangesOf(
  world: FilesWorld,
  file: ShareFileClient,
  range?: string,
): Promise<[number, number][]> {
  const { body } = await world.raw('GET', `${file.url}?comp=rangelist`, {
    Authorization: await world.token(),
    'x-ms-file-request-intent': 'backup',
    ...(range === undefined ? {} : { 'x-ms-range': range }),
  });
  const found = body.matchAll(/<Range><Start>(\d+)<\/Start><End>(\d+)<\/End><\/Range>/g);
  return [...found].map(([, start, end]) => [Number(start), Number(end)]);
}

/** All entries of a listing. */
export async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
