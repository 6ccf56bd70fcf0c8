import { channel } from 'node:diagnostics_channel';
import { app } from '@azure/functions';
import type { HttpRequest, HttpResponseInit, InvocationContext, Timer } from '@azure/functions';

const seen: unknown[] = [];

app.hook.appStart((context) => {
  context.hookData['started'] = true;
  seen.push('appStart');
});
app.hook.appTerminate((context) => {
  channel('little-app').publish({ appTerminate: context.hookData });
});
app.hook.preInvocation((context) => {
  if (context.invocationContext.functionName === 'hooked') {
    context.hookData['from'] = 'pre';
    context.inputs = [{ replaced: true }];
    const handler = context.functionHandler;
    context.functionHandler = (input: unknown, invocation: InvocationContext) =>
      handler({ wrapped: input }, invocation) as unknown;
  }
});
app.hook.postInvocation((context) => {
  if (context.invocationContext.functionName === 'hooked') {
    context.result = { jsonBody: { result: context.result, hookData: context.hookData } };
  }
  if (context.invocationContext.functionName === 'rescued') {
    context.result = { status: 299, body: (context.error as Error).message };
    context.error = undefined;
  }
});
app.hook.log((context) => {
  if (context.message === 'shout me') {
    context.level = 'warning';
    context.message = context.message.toUpperCase();
  }
});

app.http('seen', { methods: ['GET'], handler: () => ({ jsonBody: seen }) });

async function echo(request: HttpRequest, context: InvocationContext): Promise<HttpResponseInit> {
  return {
    jsonBody: {
      name: context.functionName,
      url: request.url,
      method: request.method,
      params: request.params,
      query: Object.fromEntries(request.query),
      headers: Object.fromEntries(request.headers),
      body: await request.text(),
      traceParent: context.traceContext?.traceParent,
    },
  };
}
app.http('item', { methods: ['GET', 'PUT'], route: 'items/{id:int}/{part?}', handler: echo });
app.http('latest', { methods: ['GET'], route: 'items/latest', handler: echo });
app.http('tree', { methods: ['GET'], route: 'tree/{*rest}', handler: echo });
app.http('echo', { methods: ['GET', 'POST'], handler: echo });

app.http('cookies', {
  handler: () => ({
    status: 201,
    headers: { 'x-kind': 'cookies' },
    cookies: [
      { name: 'a', value: 'x y', path: '/', httpOnly: true, secure: true, sameSite: 'Lax', maxAge: 60 },
      { name: 'b', value: '2', domain: 'localhost', expires: new Date(0 + 86_400_000), sameSite: 'None' },
    ],
    body: 'jar',
  }),
});
app.http('bytes', { handler: () => ({ body: new Uint8Array([0, 255, 10]) }) });
app.http('nothing', { handler: () => undefined as unknown as HttpResponseInit });
app.http('unsendable', {
  handler: () => ({ headers: { 'x-first': '1' }, cookies: [{ name: 'a', value: '1', path: '/\r\nx: y' }] }),
});
app.http('fails', {
  handler: () => {
    throw new Error('secret place: https://host/x?sig=TOPSECRET');
  },
});
app.http('rescued', {
  handler: () => {
    throw new Error('lost');
  },
});
app.http('hooked', {
  handler: (input) => ({ got: input }) as HttpResponseInit,
});
app.http('logs', {
  handler: (_request, context) => {
    context.log('shout me');
    context.error('AccountKey=TOPSECRET;EndpointSuffix=x');
    return { status: 200 };
  },
});

app.timer('tick', {
  schedule: '%LITTLE_SCHEDULE%',
  handler: (timer: Timer) => {
    seen.push({ tick: timer });
  },
});
