import { describe, expect, it } from 'vitest';
import { AppRegistry } from '../../../../src/localhost/host/app-registry.js';
import type { RegisteredFunction } from '../../../../src/localhost/host/app-registry.js';
import type { HostLogEntry } from '../../../../src/localhost/host/host-log.js';
import { createInvoker } from '../../../../src/localhost/host/invoker.js';
import type { Invoker } from '../../../../src/localhost/host/invoker.js';
import type {
  CoreInvocationContext,
  FunctionCallback,
  ProgrammingModel,
} from '../../../../src/localhost/host/worker-contract.js';
import { wallClock } from '../../../../src/runtime/clock.js';
import { createStepClock } from '../../../support/step-clock.js';

/** Hands the request itself to the handler and returns what the handler returned. */
const bareModel: ProgrammingModel = {
  name: 'bare',
  version: '1',
  getInvocationModel: (core: CoreInvocationContext) => ({
    getArguments: () => Promise.resolve({ context: core, inputs: [core.request] }),
    invokeFunction: (context, inputs, callback) => Promise.resolve(callback(...inputs, context)),
    getResponse: (_context, result) => Promise.resolve({ returnValue: { json: JSON.stringify(result) } }),
  }),
};

interface Setup {
  readonly registry: AppRegistry;
  readonly fn: RegisteredFunction;
  readonly invoker: Invoker;
  readonly log: HostLogEntry[];
}

function setup(
  callback: FunctionCallback,
  options: { functionTimeoutMs?: number; model?: false } = {},
): Setup {
  const log: HostLogEntry[] = [];
  const registry = new AppRegistry((entry) => log.push(entry));
  registry.programmingModel = options.model === false ? undefined : bareModel;
  const bindings = {
    trigger: { type: 'timerTrigger', direction: 'in' },
    client: { type: 'durableClient', direction: 'in' },
    lacking: { type: 'sql', direction: 'in' },
    queue: { type: 'queue', direction: 'out' },
  } as const;
  registry.registerFunction({ name: 'f', bindings }, callback);
  const [fn] = registry.functions();
  if (fn === undefined) {
    throw new Error('not registered');
  }
  const invoker = createInvoker({
    registry,
    clock: options.functionTimeoutMs === undefined ? wallClock : createStepClock(),
    functionTimeoutMs: options.functionTimeoutMs,
    bindingData: (type) => (type === 'durableclient' ? { string: 'client data' } : undefined),
  });
  return { registry, fn, invoker, log };
}

describe('an invocation', () => {
  it('brings the trigger’s data and those inputs that the host has', async () => {
    const { invoker, fn } = setup((request) => request);
    const response = await invoker.invoke(fn, {
      data: { string: 'x' },
      metadata: { instanceId: { string: 'i' } },
    });
    expect(JSON.parse(response.returnValue?.json ?? '')).toMatchObject({
      functionId: 'f',
      inputData: [
        { name: 'trigger', data: { string: 'x' } },
        { name: 'client', data: { string: 'client data' } },
      ],
      triggerMetadata: { instanceId: { string: 'i' } },
    });
  });

  it('runs in the states that the library looks at', async () => {
    const states: unknown[] = [];
    const noteState = (context: unknown): void => void states.push((context as CoreInvocationContext).state);
    const { invoker, fn, registry } = setup((_request, context) => {
      noteState(context);
    });
    for (const name of ['preInvocation', 'postInvocation']) {
      registry.registerHook(name, (context) => {
        noteState((context as { invocationContext: unknown }).invocationContext);
      });
    }
    await invoker.invoke(fn, { data: {} });
    expect(states).toEqual(['preInvocationHooks', 'invocation', 'postInvocationHooks']);
  });

  it('fails when a preInvocation hook fails, without running the handler', async () => {
    let ran = false;
    const { invoker, fn, registry } = setup(() => {
      ran = true;
    });
    registry.registerHook('preInvocation', () => {
      throw new Error('not today');
    });
    await expect(invoker.invoke(fn, { data: {} })).rejects.toThrow('not today');
    expect(ran).toBe(false);
  });

  it.each([
    ['text', 'text'],
    [{ code: 7 }, '{ code: 7 }'],
    [undefined, 'Unknown error'],
  ])('turns the thrown %j into an Error', async (thrown, message) => {
    const { invoker, fn } = setup(() => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- what an app may do
      throw thrown;
    });
    const failure = invoker.invoke(fn, { data: {} });
    await expect(failure).rejects.toBeInstanceOf(Error);
    await expect(failure).rejects.toThrow(message);
  });

  it('blanks credentials in the error it rejects with', async () => {
    const { invoker, fn, log } = setup(() => {
      throw new TypeError('GET https://a.example/c?sv=1&sig=abc%2F= "failed"');
    });
    await expect(invoker.invoke(fn, { data: {} })).rejects.toMatchObject({
      name: 'TypeError',
      message: 'GET https://a.example/c?sv=1&sig=[hidden] "failed"',
      stack: expect.not.stringContaining('abc') as string,
    });
    expect(JSON.stringify(log)).not.toContain('abc');
  });

  it('gives up after the function timeout', async () => {
    const { invoker, fn } = setup(() => new Promise(() => undefined), { functionTimeoutMs: 5000 });
    await expect(invoker.invoke(fn, { data: {} })).rejects.toThrow(
      /^Timeout value of 5000 ms was exceeded by function: 'f'/,
    );
  });

  it('fails when no programming model is set', async () => {
    const { invoker, fn } = setup(() => undefined, { model: false });
    await expect(invoker.invoke(fn, { data: {} })).rejects.toThrow('No programming model');
  });
});

describe('draining', () => {
  it('waits for what runs, but not longer than the grace', async () => {
    let release = (): void => undefined;
    const blocked = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { invoker, fn } = setup(() => blocked);
    const call = invoker.invoke(fn, { data: {} });
    expect(await invoker.drain(1)).toBe(false);
    const drained = invoker.drain(60_000);
    release();
    expect(await drained).toBe(true);
    await call;
  });
});
