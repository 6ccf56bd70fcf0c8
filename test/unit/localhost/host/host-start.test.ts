import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DurableEngine } from '../../../../src/localhost/durable/engine-api.js';
import { createFunctionsHost } from '../../../../src/localhost/host/functions-host.js';
import type { FunctionsHost } from '../../../../src/localhost/host/functions-host.js';
import type { HostLogEntry } from '../../../../src/localhost/host/host-log.js';
import { createFakeEngine } from '../../../support/fake-engine.js';

let directory: string;
let log: HostLogEntry[];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'started-app-'));
  await mkdir(join(directory, 'state'));
  await writeFile(join(directory, 'host.json'), '{"version":"2.0"}');
  await writeFile(join(directory, 'package.json'), '{"main":"index.js"}');
  log = [];
});
afterEach(() => rm(directory, { recursive: true }));

/** An app that registers one function by hand, so that each test can load its own into this process. */
function writeApp(bindings: unknown): Promise<void> {
  return writeFile(
    join(directory, 'index.js'),
    `const core = require('@azure/functions-core');
     core.setProgrammingModel({ name: 'bare', version: '1' });
     core.registerFunction({ name: 'f', bindings: ${JSON.stringify(bindings)} }, () => {});`,
  );
}

function hostOf(
  options: { strict?: boolean; port?: number; engine?: Partial<DurableEngine> } = {},
): FunctionsHost {
  return createFunctionsHost({
    appDirectory: directory,
    stateDirectory: join(directory, 'state'),
    port: options.port ?? 0,
    strict: options.strict ?? false,
    log: (entry) => log.push(entry),
    engineFactory: (invoker, settings) => ({ ...createFakeEngine(invoker, settings), ...options.engine }),
  });
}

const timer = { t: { type: 'timerTrigger', direction: 'in', schedule: '0 0 3 * * *' } };
const queue = { t: { type: 'serviceBusTrigger', direction: 'in' } };

describe('starting the host', () => {
  it('binds to 127.0.0.1 and sets WEBSITE_HOSTNAME before the app loads', async () => {
    await writeFile(
      join(directory, 'index.js'),
      `require('@azure/functions-core').registerFunction(
         { name: process.env.WEBSITE_HOSTNAME, bindings: ${JSON.stringify(timer)} }, () => {});`,
    );
    const host = hostOf();
    const { url } = await host.start();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await host.start()).toEqual({ url });
    const status = await (await fetch(`${url}/admin/host/status`)).json();
    expect(status).toMatchObject({ functions: [{ name: new URL(url).host }] });
    await host.stop(100);
  });

  it('warns of a trigger that it lacks, and refuses another lacking binding in strict mode', async () => {
    const sql = {
      ...queue,
      rows: { type: 'sql', direction: 'in' },
      $return: { type: 'blob', direction: 'out' },
    };
    await writeApp(sql);
    const lenient = hostOf();
    await lenient.start();
    await lenient.stop(100);
    const lacking = 'Not available on one machine: sql of "f", blob of "f".';
    expect(log.filter((entry) => entry.level === 'warning').map((entry) => entry.message)).toEqual([
      'Fired only by POST /admin/functions/<name> on one machine: serviceBusTrigger of "f".',
      lacking,
    ]);
    await rewriteAsNewFile(sql);
    await expect(hostOf({ strict: true }).start()).rejects.toThrow(lacking);
  });

  it('answers 503 while the app loads', async () => {
    const { port } = await freePort();
    await writeFile(
      join(directory, 'index.js'),
      `const core = require('@azure/functions-core');
       core.registerFunction({ name: 'f', bindings: ${JSON.stringify(timer)} }, () => {});
       core.registerHook('appStart', () => fetch('http://127.0.0.1:${String(port)}/api/f').then((r) => {
         core.log('information', 'user', 'answered ' + r.status); }));`,
    );
    const host = hostOf({ port });
    await host.start();
    await host.stop(100);
    expect(log.map((entry) => entry.message)).toContain('answered 503');
  });

  it('closes everything when the engine does not start, so that the port and the process are free again', async () => {
    await writeApp(timer);
    const { port } = await freePort();
    const failing = hostOf({ port, engine: { start: () => Promise.reject(new Error('journal is locked')) } });
    await expect(failing.start()).rejects.toThrow('journal is locked');
    await failing.stop(100);
    await rewriteAsNewFile(timer);
    const second = hostOf({ port });
    await second.start();
    await second.stop(100);
  });

  it('fails when its port is taken', async () => {
    await writeApp(timer);
    const { port, close } = await takenPort();
    await expect(hostOf({ port }).start()).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await close();
  });

  it('does not start once it has been stopped', async () => {
    await writeApp(timer);
    const host = hostOf();
    await host.stop(100);
    await expect(host.start()).rejects.toThrow('The host has been stopped.');
  });

  it('tells its caller when the engine does not stop', async () => {
    await writeApp(timer);
    const host = hostOf({ engine: { stop: () => Promise.reject(new Error('lock is gone')) } });
    await host.start();
    await expect(host.stop(100)).rejects.toThrow('lock is gone');
  });

  it('fires by hand a function whose trigger it lacks, with the given input', async () => {
    await writeFile(
      join(directory, 'index.js'),
      `const core = require('@azure/functions-core');
       const model = { getArguments: async () => ({}), getResponse: async () => ({}) };
       core.setProgrammingModel({ name: 'bare', version: '1', getInvocationModel: (call) => ({ ...model,
         invokeFunction: async () => core.log('information', 'user', 'got ' + call.request.inputData[0].data.json) }) });
       core.registerFunction({ name: 'f', bindings: ${JSON.stringify(queue)} }, () => {});`,
    );
    const host = hostOf();
    const { url } = await host.start();
    for (const body of ['{"input":["a"]}', '"text"', '{"input":" "}', '']) {
      const fired = await fetch(`${url}/admin/functions/f`, { method: 'POST', body });
      expect(fired.status).toBe(202);
    }
    await host.stop(1000);
    const got = log.map((entry) => entry.message).filter((message) => message.startsWith('got '));
    expect(got).toEqual(['got ["a"]', 'got "text"', 'got null', 'got null']);
  });

  it('answers 500 when the engine fails on a request, and goes on', async () => {
    await writeApp(timer);
    const host = hostOf({ engine: { handle: () => Promise.reject(new Error('engine trouble')) } });
    const { url } = await host.start();
    const answer = await fetch(`${url}/durabletask/instances/x`);
    expect(answer.status).toBe(500);
    expect(await answer.text()).toBe('');
    expect(log.map((entry) => entry.message)).toContain('Request failed: engine trouble');
    expect((await fetch(`${url}/admin/host/status`)).status).toBe(200);
    await host.stop(100);
  });

  it('serves the request under way before it stops', async () => {
    await writeApp(timer);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let arrived = (): void => undefined;
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const handle: DurableEngine['handle'] = async () => {
      arrived();
      await held;
      return { status: 200, headers: {}, body: 'served' };
    };
    const host = hostOf({ engine: { handle } });
    const { url } = await host.start();
    const answer = fetch(`${url}/durabletask/instances/x`);
    await arrival;
    const stopped = host.stop(10_000);
    release();
    expect(await (await answer).text()).toBe('served');
    await stopped;
  });
});

/** Node keeps a loaded CommonJS file: the same app again needs another file. */
async function rewriteAsNewFile(bindings: unknown): Promise<void> {
  await writeApp(bindings);
  await writeFile(join(directory, 'package.json'), '{"main":"again.js"}');
  await writeFile(
    join(directory, 'again.js'),
    `const core = require('@azure/functions-core');
     core.registerFunction({ name: 'f', bindings: ${JSON.stringify(bindings)} }, () => {});`,
  );
}

async function takenPort(): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
    });
  return { port: (server.address() as AddressInfo).port, close };
}

async function freePort(): Promise<{ port: number }> {
  const { port, close } = await takenPort();
  await close();
  return { port };
}
