import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

export interface FakeReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** An API that answers from a script: the replies of a path in turn, the last one for ever. */
export interface FakeApi {
  readonly url: string;
  readonly seen: SeenRequest[];
  on(method: string, path: string, ...replies: FakeReply[]): void;
  close(): Promise<void>;
}

async function read(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8') as AsyncIterable<string>) {
    text += chunk;
  }
  return text;
}

function answer(response: ServerResponse, reply: FakeReply): void {
  const text = typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body ?? '');
  response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers }).end(text);
}

export async function startFakeApi(): Promise<FakeApi> {
  const scripts = new Map<string, FakeReply[]>();
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    void read(request).then((text) => {
      const method = request.method ?? '';
      const path = request.url ?? '';
      seen.push({
        method,
        path,
        headers: request.headers,
        body: text === '' ? undefined : (JSON.parse(text) as unknown),
      });
      const script = scripts.get(`${method} ${path}`) ?? [];
      const reply = script.length > 1 ? script.shift() : script[0];
      answer(response, reply ?? { status: 404, body: { title: 'no script', detail: `${method} ${path}` } });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    seen,
    on: (method, path, ...replies) => scripts.set(`${method} ${path}`, replies),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
}
