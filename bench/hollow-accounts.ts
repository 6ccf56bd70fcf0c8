import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';

const pageObjects = 5000;
const time = 'Sun, 22 Nov 2026 07:00:00 GMT';

/** Objects are numbered; `digits` sorts them. */
function blobXml(index: number): string {
  const name = `folder/of/objects/${String(index).padStart(9, '0')}.json`;
  return `<Blob><Name>${name}</Name><Properties><Creation-Time>${time}</Creation-Time><Last-Modified>${time}</Last-Modified><Etag>0x8DD0A${index.toString(16).toUpperCase().padStart(10, '0')}</Etag><Content-Length>4096</Content-Length><Content-Type>application/json</Content-Type><Content-Encoding /><Content-Language /><Content-CRC64 /><Content-MD5>sQqNsWTgdUEFt6mb5y4/5Q==</Content-MD5><Cache-Control /><Content-Disposition /><BlobType>BlockBlob</BlobType><AccessTier>Hot</AccessTier><AccessTierInferred>true</AccessTierInferred><LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState><ServerEncrypted>true</ServerEncrypted></Properties><Metadata><Owner>Somebody</Owner></Metadata><OrMetadata /></Blob>`;
}

function listingXml(from: number, limit: number, total: number): string {
  const to = Math.min(total, from + limit);
  const blobs = Array.from({ length: Math.max(0, to - from) }, (_, index) => blobXml(from + index)).join('');
  const next = to < total ? `<NextMarker>${String(to)}</NextMarker>` : '<NextMarker />';
  return `<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="https://localhost/" ContainerName="c"><Blobs>${blobs}</Blobs>${next}</EnumerationResults>`;
}

/**
 * Two accounts of which only the answers exist: `source` has as many objects as a container's name says (`n200000`),
 * `target` is empty and takes every copy at once. What a client needs for any number of objects can so be measured in
 * minutes, at a rate that no real account has.
 */
export class HollowAccounts {
  copies = 0;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#answer(request, response);
    });
  }

  /** Listens on a free port of loopback; answers once it was given a certificate. */
  static async listen(): Promise<HollowAccounts> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new HollowAccounts(server);
  }

  /** With the certificate of the local cloud, which its functions host trusts. */
  useCertificateOf(caFile: string): void {
    const key = readFileSync(join(dirname(caFile), 'cloud-key.pem'));
    this.#server.setSecureContext({ cert: readFileSync(caFile), key });
  }

  url(account: 'source' | 'target'): string {
    return `https://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}/${account}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    const url = new URL(request.url ?? '', 'https://localhost');
    const [, account, container = ''] = url.pathname.split('/');
    const head = {
      date: time,
      'x-ms-request-id': '3c1f0d5e-001e-0042-1111-222222000000',
      'x-ms-version': '2026-04-06',
    };
    if (url.searchParams.get('comp') === 'list') {
      const total = account === 'source' ? Number(container.slice(1)) : 0;
      const limit = Number(url.searchParams.get('maxresults') ?? pageObjects);
      const body = listingXml(Number(url.searchParams.get('marker') ?? 0), limit, total);
      response.writeHead(200, { ...head, 'content-type': 'application/xml' }).end(body);
    } else if (request.method === 'PUT' && request.headers['x-ms-copy-source'] !== undefined) {
      this.copies += 1;
      const written = { etag: '"0x8DD0AAAAAAAAAAA"', 'last-modified': time, 'content-length': '0' };
      response.writeHead(201, { ...head, ...written, 'x-ms-copy-status': 'success' }).end();
    } else {
      response.writeHead(400, { ...head, 'x-ms-error-code': 'InvalidQueryParameterValue' }).end();
    }
  }
}
