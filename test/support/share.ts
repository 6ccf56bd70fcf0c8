import { ShareServiceClient, StorageSharedKeyCredential } from '@azure/storage-file-share';
import type { FileCreateOptions, ShareClient, ShareDirectoryClient } from '@azure/storage-file-share';
import type { CloudAccount } from '../../src/localhost/cloud/cloud.js';
import { forEachConcurrently } from '../../src/localhost/demo/account.js';

/** A share by its account's key: the test's own hands. */
export class TestShare {
  readonly client: ShareClient;

  private constructor(client: ShareClient) {
    this.client = client;
  }

  /** Makes the share when it is missing. */
  static async open(account: CloudAccount, name: string): Promise<TestShare> {
    const key = new StorageSharedKeyCredential(account.name, account.key);
    const service = new ShareServiceClient(account.fileEndpoint, key, { allowTrailingDot: true });
    const client = service.getShareClient(name);
    await client.createIfNotExists();
    return new TestShare(client);
  }

  /** Makes a directory and those above it. */
  async directory(path: string): Promise<ShareDirectoryClient> {
    let directory = this.client.rootDirectoryClient;
    for (const component of path.split('/').filter(Boolean)) {
      directory = directory.getDirectoryClient(component);
      await directory.createIfNotExists();
    }
    return directory;
  }

  async put(path: string, body: string, options: FileCreateOptions = {}): Promise<void> {
    const slash = path.lastIndexOf('/');
    const directory = await this.directory(path.slice(0, slash + 1));
    const file = directory.getFileClient(path.slice(slash + 1));
    const bytes = Buffer.from(body);
    await file.create(bytes.length, options);
    if (bytes.length > 0) await file.uploadRange(bytes, 0, bytes.length, { fileLastWrittenMode: 'Preserve' });
  }

  /** Files whose content is their name. */
  async fill(paths: Iterable<string>): Promise<void> {
    await forEachConcurrently(paths, 8, (path) => this.put(path, path));
  }

  /** Every path; directories end in `/`. */
  async paths(directory = this.client.rootDirectoryClient, above = ''): Promise<string[]> {
    const found: string[] = [];
    for await (const { kind, name } of directory.listFilesAndDirectories()) {
      const path = above + name;
      if (kind === 'file') found.push(path);
      else found.push(`${path}/`, ...(await this.paths(directory.getDirectoryClient(name), `${path}/`)));
    }
    return found.sort();
  }

  async content(path: string): Promise<string> {
    const slash = path.lastIndexOf('/');
    const directory = path
      .slice(0, slash + 1)
      .split('/')
      .filter(Boolean)
      .reduce((parent, name) => parent.getDirectoryClient(name), this.client.rootDirectoryClient);
    return (await directory.getFileClient(path.slice(slash + 1)).downloadToBuffer()).toString();
  }
}
