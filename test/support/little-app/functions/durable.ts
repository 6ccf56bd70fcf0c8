import { app } from '@azure/functions';
import type { InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';

df.app.activity('greet', { handler: (name: string) => `Hello, ${name}` });
df.app.activity('double', { handler: (input: { n: number }) => ({ n: input.n * 2 }) });
df.app.activity('silent', { handler: () => undefined });
df.app.activity('whoami', {
  handler: (_input: unknown, context: InvocationContext) => context.triggerMetadata?.['instanceId'],
});
df.app.activity('breaks', {
  handler: () => {
    throw new RangeError('out of range');
  },
});

df.app.orchestration('chain', function* (context) {
  const first = (yield context.df.callActivity('greet', context.df.getInput())) as string;
  const second = (yield context.df.callActivity('greet', first)) as string;
  return { second, version: context.df.version };
});
df.app.orchestration('fanOut', function* (context) {
  const count = context.df.getInput<number>();
  const tasks = Array.from({ length: count }, (_, n) => context.df.callActivity('double', { n }));
  const results = (yield context.df.Task.all(tasks)) as { n: number }[];
  return results.reduce((sum, result) => sum + result.n, 0);
});
df.app.orchestration('failing', function* (context) {
  yield context.df.callActivity('breaks');
});

app.http('start', {
  route: 'start/{name}',
  methods: ['POST'],
  extraInputs: [df.input.durableClient()],
  handler: async (request, context) => {
    const client = df.getClient(context);
    const input: unknown = JSON.parse(await request.text());
    const instanceId = await client.startNew(request.params['name'] ?? '', { input });
    return client.createCheckStatusResponse(request, instanceId);
  },
});
