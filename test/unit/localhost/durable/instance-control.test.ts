import { afterEach, describe, expect, it } from 'vitest';

import { cleanUp, openRig, steppedTime } from './engine-rig.js';
import { sdkApp } from './sdk-app.js';
import type { Ctx } from './sdk-app.js';

afterEach(cleanUp);

const waiting = {
  *waits(context: Ctx) {
    const first = (yield context.df.waitForExternalEvent('go')) as unknown;
    return { first };
  },
  *instant(context: Ctx) {
    return context.df.getInput();
  },
};

describe('controlling instances through the management API', () => {
  it('holds events of a suspended instance until it resumes', async () => {
    const app = sdkApp({ orchestrators: waiting });
    const rig = await openRig({ invoker: app });
    await rig.startNew('waits', 'w');
    await rig.until(async () => (await rig.status('w')).runtimeStatus === 'Running');
    expect((await rig.call('POST', 'instances/w/suspend?reason=pause')).status).toBe(202);
    await rig.until(async () => (await rig.status('w')).runtimeStatus === 'Suspended');
    const invocations = app.calls.length;
    expect((await rig.call('POST', 'instances/w/raiseEvent/go', { a: 1 })).status).toBe(202);
    expect((await rig.call('GET', 'instances/w')).status).toBe(202);
    expect(app.calls).toHaveLength(invocations);
    await rig.call('POST', 'instances/w/resume?reason=on');
    expect((await rig.finished('w')).output).toEqual({ first: { a: 1 } });
  });

  it('terminates with the reason as output and leaves finished instances alone', async () => {
    const rig = await openRig({ invoker: sdkApp({ orchestrators: waiting }) });
    await rig.startNew('waits', 'w');
    expect((await rig.call('POST', 'instances/w/terminate?reason=enough')).status).toBe(202);
    expect(await rig.finished('w')).toMatchObject({ runtimeStatus: 'Terminated', output: 'enough' });
    expect((await rig.call('POST', 'instances/w/terminate?reason=again')).status).toBe(410);
    expect((await rig.call('POST', 'instances/w/raiseEvent/go', 1)).status).toBe(410);
  });

  it('refuses to start a running id and silently restarts a finished one', async () => {
    const rig = await openRig({ invoker: sdkApp({ orchestrators: waiting }) });
    await rig.startNew('waits', 'w');
    await rig.until(async () => (await rig.status('w')).runtimeStatus === 'Running');
    const refused = await rig.call('POST', 'orchestrators/waits/w');
    expect(refused.status).toBe(500);
    expect(refused.body).toContain('An Orchestration instance with the status Running already exists.');
    await rig.call('POST', 'instances/w/raiseEvent/go', 1);
    await rig.finished('w');
    await rig.startNew('instant', 'w', { again: true });
    expect((await rig.finished('w')).output).toEqual({ again: true });
    const restarted = await rig.call('POST', 'instances/w/restart');
    const { id } = JSON.parse(restarted.body) as { id: string };
    expect(id).not.toBe('w');
    expect((await rig.finished(id)).output).toEqual({ again: true });
    expect((await rig.call('POST', 'instances/w/restart?restartWithNewInstanceId=false')).status).toBe(202);
  });

  it('answers bad requests as the extension does', async () => {
    const rig = await openRig({ invoker: sdkApp({ orchestrators: waiting }) });
    const statusOf = async (method: string, path: string): Promise<number> =>
      (await rig.call(method, path)).status;
    expect(await statusOf('POST', 'orchestrators/unknown')).toBe(400);
    expect(await statusOf('POST', 'orchestrators/waits/%40entity')).toBe(400);
    expect(await statusOf('POST', 'orchestrators/waits/a%2Fb')).toBe(400);
    expect(await statusOf('GET', 'orchestrators/waits')).toBe(405);
    expect(await statusOf('GET', 'instances/none')).toBe(404);
    expect(await statusOf('POST', 'instances/none/terminate')).toBe(404);
    expect(await statusOf('DELETE', 'instances/none')).toBe(404);
    expect(await statusOf('DELETE', 'instances/')).toBe(400);
    expect(await statusOf('GET', 'instances/?createdTimeFrom=yesterday')).toBe(400);
    expect(await statusOf('GET', 'instances/?top=0')).toBe(400);
    expect(await statusOf('PUT', 'instances/')).toBe(405);
    expect(await statusOf('GET', 'entities/a/b')).toBe(501);
    expect(await statusOf('GET', 'elsewhere')).toBe(404);
    expect(await statusOf('GET', 'instances/%E0%A4%A')).toBe(400);
    await rig.startNew('waits', 'w');
    expect(await statusOf('POST', 'instances/w/rewind?reason=x')).toBe(501);
    expect(await statusOf('POST', 'instances/w/unknown')).toBe(404);
    expect(await statusOf('PUT', 'instances/w')).toBe(405);
    const notJson = await rig.engine.handle({
      method: 'POST',
      path: 'instances/w/raiseEvent/go',
      query: new URLSearchParams(),
      headers: {},
      body: '{',
    });
    expect(notJson.status).toBe(400);
  });

  it('lists instances in pages, by prefix and status', async () => {
    const rig = await openRig({ invoker: sdkApp({ orchestrators: waiting }) });
    for (const n of [1, 2, 3, 4, 5]) {
      await rig.startNew('instant', `a-${String(n)}`, n);
      await rig.finished(`a-${String(n)}`);
    }
    await rig.startNew('waits', 'b-1');
    const seen: string[] = [];
    let token = '';
    do {
      const headers = token === '' ? {} : { 'x-ms-continuation-token': token };
      const page = await rig.call(
        'GET',
        'instances/?top=2&instanceIdPrefix=a-&runtimeStatus=Completed',
        undefined,
        headers,
      );
      const found = JSON.parse(page.body) as { instanceId: string; input: unknown }[];
      expect(found.every((one) => one.input === null)).toBe(true);
      seen.push(...found.map((one) => one.instanceId));
      token = page.headers['x-ms-continuation-token'] ?? '';
    } while (token !== '');
    expect(seen).toEqual(['a-1', 'a-2', 'a-3', 'a-4', 'a-5']);
  });

  it('purges finished instances by id and by filter, never a live one', async () => {
    const rig = await openRig({ invoker: sdkApp({ orchestrators: waiting }) });
    for (const id of ['p1', 'p2', 'p3']) {
      await rig.startNew('instant', id);
      await rig.finished(id);
    }
    await rig.startNew('waits', 'live');
    expect((await rig.call('DELETE', 'instances/p1')).body).toBe('{"instancesDeleted":1}');
    expect((await rig.call('DELETE', 'instances/live')).body).toBe('{"instancesDeleted":0}');
    const query = `createdTimeFrom=${new Date(0).toISOString()}&runtimeStatus=Completed,Running`;
    expect((await rig.call('DELETE', `instances/?${query}`)).body).toBe('{"instancesDeleted":2}');
    expect((await rig.call('DELETE', `instances/?${query}`)).status).toBe(404);
    expect((await rig.call('GET', 'instances/p2')).status).toBe(404);
    expect((await rig.call('GET', 'instances/live')).status).toBe(202);
  });

  it('waits for the output when a timeout is given, and answers links when it takes longer', async () => {
    const time = steppedTime(0);
    const rig = await openRig({ invoker: sdkApp({ orchestrators: waiting }), time });
    const done = await rig.call('POST', 'orchestrators/instant?timeout=5&pollingInterval=1', { n: 1 });
    expect([done.status, done.body]).toEqual([200, '{"n":1}']);
    const late = rig.call('POST', 'orchestrators/waits/w?timeout=5');
    await rig.until(() => time.due().includes(5000));
    time.advanceTo(5000);
    expect((await late).status).toBe(202);
    const waited = rig.call('POST', 'orchestrators/waits/x?timeout=5');
    await rig.until(() => time.due().includes(10_000));
    await rig.call('POST', 'instances/x/raiseEvent/go', 'now');
    expect((await waited).body).toBe('{"first":"now"}');
    expect(time.due()).toEqual([]);
  });

  it('shows a failure as 500 only when asked', async () => {
    const app = sdkApp({
      orchestrators: {
        *throws() {
          throw new Error('no');
        },
      },
    });
    const rig = await openRig({ invoker: app });
    await rig.startNew('throws', 't');
    await rig.finished('t');
    expect((await rig.call('GET', 'instances/t')).status).toBe(200);
    expect((await rig.call('GET', 'instances/t?returnInternalServerErrorOnFailure=true')).status).toBe(500);
    const history = await rig.call(
      'GET',
      'instances/t?showHistory=true&showHistoryOutput=true&showInput=false',
    );
    expect(JSON.parse(history.body)).toMatchObject({
      input: null,
      historyEvents: [
        { EventType: 'ExecutionStarted' },
        { EventType: 'ExecutionCompleted', Result: expect.any(String) as string },
      ],
    });
  });
});
