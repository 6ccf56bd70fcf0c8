import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import type { DurableClient } from 'durable-functions';
import { OrchestrationRuntimeStatus } from 'durable-functions';
import { afterEach, describe, expect, it } from 'vitest';

import { purgeInstances } from '../../../../src/functions/purge-instances.js';
import { cleanUp, openRig } from './engine-rig.js';
import type { Rig } from './engine-rig.js';
import { sdkApp } from './sdk-app.js';
import type { Ctx } from './sdk-app.js';

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  await cleanUp();
});

/** Serves the engine on loopback, as a functions host does; resolves with the origin. */
async function serve(rig: Rig): Promise<string> {
  const server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) {
        chunks.push(chunk as Buffer);
      }
      const url = new URL(request.url ?? '', 'http://127.0.0.1');
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      );
      const result = await rig.engine.handle({
        method: request.method ?? 'GET',
        path: url.pathname.replace(/^\/(runtime\/webhooks\/)?durabletask\//, ''),
        query: url.searchParams,
        headers,
        body: Buffer.concat(chunks).toString('utf8'),
      });
      response.writeHead(result.status, { ...result.headers }).end(result.body);
    };
    void answer();
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

function clientOf(payload: string): DurableClient {
  const input = { type: 'durableClient', name: 'client' };
  const context = {
    options: { extraInputs: [input] },
    extraInputs: { get: () => JSON.parse(payload) as unknown },
  };
  return df.getClient(context as unknown as InvocationContext);
}

const functions = {
  *waits(context: Ctx) {
    return (yield context.df.waitForExternalEvent('go')) as unknown;
  },
};

describe('the DurableClient of the SDK', () => {
  it('starts, reads, signals, suspends, resumes, ends and purges instances', async () => {
    const rig = await openRig({ invoker: sdkApp({ orchestrators: functions }) });
    const client = clientOf(rig.engine.clientBinding(await serve(rig)));
    expect(client.taskHubName).toBe('TestHub');
    expect(await client.startNew('waits', { instanceId: 'w1', input: { n: 1 } })).toBe('w1');
    await expect(client.startNew('waits', { instanceId: 'w1' })).rejects.toThrow('already exists');
    await expect(client.startNew('nothing')).rejects.toThrow('400');
    const status = async (): Promise<OrchestrationRuntimeStatus> =>
      (await client.getStatus('w1')).runtimeStatus;
    await rig.until(async () => (await status()) === OrchestrationRuntimeStatus.Running);
    await client.suspend('w1', 'pause');
    await rig.until(async () => (await status()) === OrchestrationRuntimeStatus.Suspended);
    await client.resume('w1', 'go on');
    await client.raiseEvent('w1', 'go', { yes: true });
    await rig.until(async () => (await status()) === OrchestrationRuntimeStatus.Completed);
    expect((await client.getStatus('w1')).output).toEqual({ yes: true });
    await client.raiseEvent('w1', 'go', {});
    await expect(client.raiseEvent('none', 'go', {})).rejects.toThrow('No instance');
    await expect(client.getStatus('none')).rejects.toThrow('404');
    await client.startNew('waits', { instanceId: 'w2' });
    await client.terminate('w2', 'enough');
    await rig.finished('w2');
    expect((await client.purgeInstanceHistory('w2')).instancesDeleted).toBe(1);
    expect((await client.purgeInstanceHistory('w2')).instancesDeleted).toBe(0);
    await expect(client.rewind('w1', 'again')).rejects.toThrow();
  });

  it('follows continuation tokens through many instances', async () => {
    const rig = await openRig({ invoker: sdkApp({ orchestrators: functions }) });
    const client = clientOf(rig.engine.clientBinding(await serve(rig)));
    const ids = Array.from({ length: 150 }, (_, n) => `i-${String(n).padStart(3, '0')}`);
    for (const id of ids) {
      await rig.startNew('waits', id);
    }
    expect((await client.getStatusAll()).map((one) => one.instanceId)).toEqual(ids);
    const started = { createdTimeFrom: new Date(0), createdTimeTo: new Date(Date.now() + 60_000) };
    const ended = { ...started, runtimeStatus: [OrchestrationRuntimeStatus.Completed] };
    expect(await client.getStatusBy(ended)).toEqual([]);
    expect((await client.purgeInstanceHistoryBy(ended)).instancesDeleted).toBe(0);
  });

  it('has the engine forget what has ended and is old enough, and nothing else', async () => {
    const rig = await openRig({ invoker: sdkApp({ orchestrators: functions }) });
    const client = clientOf(rig.engine.clientBinding(await serve(rig)));
    for (const id of ['ended', 'waiting']) await rig.startNew('waits', id);
    await client.terminate('ended', 'enough');
    await rig.finished('ended');
    const known = async (): Promise<readonly string[]> =>
      (await client.getStatusAll()).map(({ instanceId }) => instanceId);
    const purge = { client, clock: { now: () => Date.now() + 1000 }, log: () => undefined };
    await purgeInstances({ ...purge, afterDays: 1 });
    expect(await known()).toEqual(['ended', 'waiting']);
    await purgeInstances({ ...purge, afterDays: 0 });
    expect(await known()).toEqual(['waiting']);
  });

  it('answers check-status links that lead to the status', async () => {
    const rig = await openRig({ invoker: sdkApp({ orchestrators: functions }) });
    const origin = await serve(rig);
    const started = await fetch(`${origin}/runtime/webhooks/durabletask/orchestrators/waits/w`, {
      method: 'POST',
    });
    const links = (await started.json()) as {
      id: string;
      statusQueryGetUri: string;
      sendEventPostUri: string;
    };
    expect([started.status, links.id]).toEqual([202, 'w']);
    expect(started.headers.get('location')).toBe(links.statusQueryGetUri);
    const event = links.sendEventPostUri.replace('{eventName}', 'go');
    expect((await fetch(event, { method: 'POST', body: '5' })).status).toBe(202);
    await rig.finished('w');
    const status = (await (await fetch(links.statusQueryGetUri)).json()) as { output: unknown };
    expect(status.output).toBe(5);
  });
});
