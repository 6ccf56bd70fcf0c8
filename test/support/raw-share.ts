import { Agent, request as sendRequest } from 'node:https';
import { createHash, type Hash } from 'node:crypto';
import {
  AccountSASPermissions,
  generateAccountSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import type { CloudAccount } from '../../src/localhost/cloud/cloud.js';
import { entryOf, type RawEntry, unescapeXml, valueOf } from './raw-entry.js';

const agent = new Agent({ keepAlive: true, maxSockets: 16 });
const dayMs = 86_400_000;

export interface RawReply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** Names of metadata with the case they were sent in. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

type Headers = Readonly<Record<string, string>>;

/**
 * A share by an account SAS and plain requests: what the service sends and takes, past every SDK, which would round times
 * and lower the case of metadata.
 */
export class RawShare {
  readonly name: string;
  readonly #endpoint: string;
  readonly #sas: string;
  readonly #made = new Set<string>();
  readonly #permissions = new Map<string, Promise<string>>();

  private constructor(endpoint: string, name: string, sas: string) {
    this.#endpoint = endpoint;
    this.name = name;
    this.#sas = sas;
  }

  /** Makes the share when it is missing. */
  static async open(account: CloudAccount, name: string): Promise<RawShare> {
    const values = {
      expiresOn: new Date(Date.now() + dayMs),
      permissions: AccountSASPermissions.parse('rwdlacup'),
      services: 'bf',
      resourceTypes: 'sco',
    };
    const key = new StorageSharedKeyCredential(account.name, account.key);
    const sas = generateAccountSASQueryParameters(values, key).toString();
    const share = new RawShare(account.fileEndpoint, name, sas);
    await share.#send('PUT', '', 'restype=share', { allowed: [409] });
    return share;
  }

  /** With a SAS, for foreign clients; `path` is percent-encoded already. */
  url(path = ''): string {
    return `${this.#endpoint}/${this.name}/${path}?${this.#sas}`;
  }

  /** Makes a directory and those above it. */
  async directory(path: string, headers: Headers = {}): Promise<void> {
    const components = path.split('/').filter(Boolean);
    for (let depth = 1; depth <= components.length; depth += 1) {
      const above = components.slice(0, depth).join('/');
      if (this.#made.has(above)) continue;
      const own = depth === components.length ? headers : {};
      await this.#send('PUT', above, 'restype=directory', { headers: own, allowed: [409] });
      this.#made.add(above);
    }
  }

  /** A new file of zeros in a directory that is there. */
  async create(path: string, sizeBytes: number, headers: Headers = {}): Promise<void> {
    await this.#send('PUT', path, '', {
      headers: { 'x-ms-type': 'file', 'x-ms-content-length': String(sizeBytes), ...headers },
    });
  }

  /** Leaves the last-write time alone. */
  async write(path: string, offset: number, bytes: Buffer, headers: Headers = {}): Promise<void> {
    await this.#send('PUT', path, 'comp=range', {
      body: bytes,
      headers: {
        'x-ms-write': 'update',
        'x-ms-range': rangeOf(offset, bytes.length),
        'x-ms-file-last-write-time': 'preserve',
        ...headers,
      },
    });
  }

  /** A file with this content, and the directories above it. */
  async put(path: string, content: Buffer | string, headers: Headers = {}): Promise<void> {
    await this.directory(path.slice(0, path.lastIndexOf('/') + 1));
    const bytes = Buffer.from(content);
    await this.create(path, bytes.length, headers);
    if (bytes.length > 0) await this.write(path, 0, bytes);
  }

  async remove(path: string): Promise<void> {
    await this.#send('DELETE', path, '', {});
  }

  setFile(path: string, headers: Headers): Promise<RawReply> {
    return this.#send('PUT', path, 'comp=properties', { headers });
  }

  /** The share's key for a security descriptor. */
  async permissionKey(descriptor: string): Promise<string> {
    const { headers } = await this.#send('PUT', '', 'restype=share&comp=filepermission', {
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify({ permission: descriptor })),
    });
    return headers.get('x-ms-file-permission-key') ?? '';
  }

  /** The security descriptor behind a key. */
  permission(key: string): Promise<string> {
    const known = this.#permissions.get(key);
    if (known !== undefined) return known;
    const asked = this.#send('GET', '', 'restype=share&comp=filepermission', {
      headers: { 'x-ms-file-permission-key': key },
    }).then(({ body }) => (JSON.parse(body.toString()) as { permission: string }).permission);
    this.#permissions.set(key, asked);
    return asked;
  }

  look(path: string): Promise<RawReply> {
    return this.#send('HEAD', path, '', {});
  }

  /** Content, headers and metadata at once. */
  get(path: string): Promise<RawReply> {
    return this.#send('GET', path, '', {});
  }

  async content(path: string, offset = 0, sizeBytes = 0): Promise<Buffer> {
    const headers: Headers = sizeBytes === 0 ? {} : { 'x-ms-range': rangeOf(offset, sizeBytes) };
    return (await this.#send('GET', path, '', { headers })).body;
  }

  /** Stretches that are not holes. */
  async ranges(path: string): Promise<readonly (readonly [offset: number, sizeBytes: number])[]> {
    const { body } = await this.#send('GET', path, 'comp=rangelist', {});
    const found = body.toString().matchAll(/<Range><Start>(\d+)<\/Start><End>(\d+)<\/End><\/Range>/g);
    return [...found].map(([, start, end]) => [Number(start), Number(end) - Number(start) + 1]);
  }

  /** One digest over what the file holds, hole or not told apart only by where there is something. */
  async digest(path: string): Promise<string> {
    const hash = createHash('md5');
    for (const [offset, sizeBytes] of await this.ranges(path)) {
      for (let at = offset; at < offset + sizeBytes; at += chunkBytes) {
        const bytes = await this.content(path, at, Math.min(chunkBytes, offset + sizeBytes - at));
        hashPages(hash, at, bytes);
      }
    }
    return hash.digest('hex');
  }

  /** Everything in the share by its path; directories end in `/`. */
  async tree(directory = ''): Promise<Map<string, RawEntry>> {
    const found = new Map<string, RawEntry>();
    let marker = '';
    do {
      const query = `restype=directory&comp=list&include=Timestamps,ETag,Attributes,PermissionKey${marker}`;
      const { body } = await this.#send('GET', directory.replace(/\/$/, ''), query, {
        headers: { 'x-ms-file-extended-info': 'true' },
      });
      const text = body.toString();
      for (const [, tag, xml = ''] of text.matchAll(/<(File|Directory)>(.*?)<\/\1>/gs)) {
        const kind = tag === 'File' ? 'file' : 'directory';
        const path = `${directory}${unescapeXml(valueOf(xml, 'Name'))}`;
        if (kind === 'directory') {
          found.set(`${path}/`, entryOf(kind, xml));
          for (const [name, entry] of await this.tree(`${path}/`)) found.set(name, entry);
        } else {
          found.set(path, entryOf(kind, xml));
        }
      }
      const next = valueOf(text, 'NextMarker');
      marker = next === '' ? '' : `&marker=${encodeURIComponent(next)}`;
    } while (marker !== '');
    return found;
  }

  /** Times of the share's snapshots. */
  async snapshots(): Promise<readonly string[]> {
    const query = `comp=list&include=snapshots&prefix=${this.name}`;
    const { body } = await this.#send('GET', '', query, { service: true });
    const shares = [...body.toString().matchAll(/<Share>(.*?)<\/Share>/gs)].map(([, xml = '']) => xml);
    return shares
      .filter((xml) => valueOf(xml, 'Name') === this.name)
      .map((xml) => valueOf(xml, 'Snapshot'))
      .filter((time) => time !== '');
  }

  #send(
    method: string,
    path: string,
    query: string,
    options: {
      readonly headers?: Headers;
      readonly body?: Buffer;
      readonly allowed?: readonly number[];
      readonly service?: boolean;
    },
  ): Promise<RawReply> {
    const { headers = {}, body = Buffer.alloc(0), allowed = [], service = false } = options;
    const place = service ? '' : `/${this.name}`;
    const name = path === '' ? '' : `/${path.split('/').map(encodeURIComponent).join('/')}`;
    const url = `${this.#endpoint}${place}${name}?${query === '' ? '' : `${query}&`}${this.#sas}`;
    return new Promise((resolve, reject) => {
      const sent = sendRequest(url, {
        method,
        agent,
        headers: {
          'x-ms-version': '2025-07-05',
          'x-ms-allow-trailing-dot': 'true',
          'content-length': String(body.length),
          ...headers,
        },
      });
      sent.on('error', reject);
      sent.on('response', (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          const status = response.statusCode ?? 0;
          const reply = { status, ...splitHeaders(response.rawHeaders), body: Buffer.concat(parts) };
          if (status < 300 || allowed.includes(status)) resolve(reply);
          else reject(new Error(`${method} ${path} ${query}: ${String(status)} ${reply.body.toString()}`));
        });
      });
      sent.end(body);
    });
  }
}

/** What is not zero, page by page as the service counts them, so that a hole and written zeros are the same. */
function hashPages(hash: Hash, offset: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(bytes.length, at + pageBytes - ((offset + at) % pageBytes));
    const page = bytes.subarray(at, end);
    const first = page.findIndex((byte) => byte !== 0);
    const last = page.findLastIndex((byte) => byte !== 0);
    if (first >= 0) hash.update(`${String(offset + at + first)} `).update(page.subarray(first, last + 1));
    at = end;
  }
}

const pageBytes = 512;
const chunkBytes = 4 * 2 ** 20;

function rangeOf(offset: number, sizeBytes: number): string {
  return `bytes=${String(offset)}-${String(offset + sizeBytes - 1)}`;
}

function splitHeaders(raw: readonly string[]): Pick<RawReply, 'headers' | 'metadata'> {
  const headers = new Map<string, string>();
  const metadata: Record<string, string> = {};
  for (let at = 0; at < raw.length; at += 2) {
    const [name = '', value = ''] = raw.slice(at, at + 2);
    if (name.toLowerCase().startsWith('x-ms-meta-')) metadata[name.slice(10)] = value;
    else headers.set(name.toLowerCase(), value);
  }
  return { headers, metadata };
}
