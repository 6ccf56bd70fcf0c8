import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '../../runtime/clock.js';
import { hookContext } from './app-registry.js';
import type { AppRegistry, LogScope, RegisteredFunction } from './app-registry.js';
import { scrubError } from './scrub-secrets.js';
import { SystemError, toError } from './system-error.js';
import type {
  CoreInvocationContext,
  InvocationModel,
  InvocationResponse,
  LogLevel,
  NamedData,
  RpcTypedData,
} from './worker-contract.js';

/** What a trigger brings: its own data, and metadata for those trigger types whose library side reads it. */
export interface TriggerCall {
  readonly data: RpcTypedData;
  readonly metadata?: Readonly<Record<string, RpcTypedData>>;
  /** W3C trace parent of the caller; one is made when absent. */
  readonly traceParent?: string;
}

export interface Invoker {
  /**
   * Runs one function once: arguments, preInvocation hooks, handler, postInvocation hooks, response. Rejects with the
   * app's error (message and stack, credentials blanked) or when the function timeout has passed; a function that is
   * timed out is not stopped, only no longer waited for.
   */
  invoke(fn: RegisteredFunction, call: TriggerCall): Promise<InvocationResponse>;
  /** Resolves true when no invocation runs any more, false after `graceMs`. */
  drain(graceMs: number): Promise<boolean>;
}

export interface InvokerOptions {
  readonly registry: AppRegistry;
  readonly clock: Clock;
  /** Undefined: no limit. */
  readonly functionTimeoutMs: number | undefined;
  /** Data of an input binding that is not the trigger, by binding type; undefined when the host has none. */
  readonly bindingData: (type: string) => RpcTypedData | undefined;
}

/** The invocation sequence of the real worker over one app's registry. */
export function createInvoker(options: InvokerOptions): Invoker {
  const running = new Set<Promise<unknown>>();

  async function invoke(fn: RegisteredFunction, call: TriggerCall): Promise<InvocationResponse> {
    const invocationId = randomUUID();
    const log = (level: LogLevel, message: string): void => {
      options.registry.log({ level, category: 'system', message, functionName: fn.name, invocationId });
    };
    const startedAt = options.clock.now();
    log('debug', `Executing '${fn.name}' (Id: ${invocationId})`);
    const work = runOnce(options, fn, call, invocationId);
    running.add(work);
    try {
      const response = await withTimeout(options, work, `'${fn.name}' (Id: ${invocationId})`);
      const tookMs = String(options.clock.now() - startedAt);
      log('debug', `Executed '${fn.name}' (Succeeded, Id: ${invocationId}, Duration=${tookMs}ms)`);
      return response;
    } catch (thrown) {
      const error = scrubError(toError(thrown));
      const tookMs = String(options.clock.now() - startedAt);
      log('error', `Executed '${fn.name}' (Failed, Id: ${invocationId}, Duration=${tookMs}ms)`);
      log('error', error.stack ?? error.message);
      throw error;
    } finally {
      const forget = (): boolean => running.delete(work);
      work.then(forget, forget);
    }
  }

  async function drain(graceMs: number): Promise<boolean> {
    const giveUp = new AbortController();
    const idle = (async (): Promise<boolean> => {
      while (running.size > 0) {
        await Promise.allSettled(running);
      }
      return true;
    })();
    const late = options.clock.sleep(graceMs, giveUp.signal).then(
      () => false,
      () => false,
    );
    const drained = await Promise.race([idle, late]);
    giveUp.abort();
    return drained;
  }

  return { invoke, drain };
}

async function withTimeout<T>(options: InvokerOptions, work: Promise<T>, what: string): Promise<T> {
  const limitMs = options.functionTimeoutMs;
  if (limitMs === undefined) {
    return await work;
  }
  const settled = new AbortController();
  const deadline = options.clock.sleep(limitMs, settled.signal).then(
    () => {
      throw new SystemError(`Timeout value of ${String(limitMs)} ms was exceeded by function: ${what}`);
    },
    // Aborted because the work settled first: this side of the race must then stay silent.
    () => new Promise<never>(() => undefined),
  );
  try {
    return await Promise.race([work, deadline]);
  } finally {
    settled.abort();
  }
}

async function runOnce(
  options: InvokerOptions,
  fn: RegisteredFunction,
  call: TriggerCall,
  invocationId: string,
): Promise<InvocationResponse> {
  const { registry } = options;
  const model = registry.programmingModel;
  if (model === undefined) {
    throw new SystemError('No programming model is set: the app has registered no function.');
  }
  const scope: { -readonly [K in keyof LogScope]: LogScope[K] } = {
    hookData: {},
    invocationContext: undefined,
  };
  const coreContext: CoreInvocationContext = {
    invocationId,
    metadata: fn.metadata,
    request: {
      invocationId,
      functionId: fn.id,
      inputData: inputData(options, fn, call),
      triggerMetadata: call.metadata ?? {},
      traceContext: { traceParent: call.traceParent ?? newTraceParent(), traceState: '', attributes: {} },
    },
    state: undefined,
    log: (level, category, message) => {
      registry.log({ level, category, message, functionName: fn.name, invocationId }, scope);
    },
  };
  const invocation = await model.getInvocationModel(coreContext);
  const { context, inputs } = await invocation.getArguments();
  scope.invocationContext = context;
  const result = await runBetweenHooks({ registry, coreContext, invocation, fn, context, inputs, scope });
  return await invocation.getResponse(context, result);
}

interface HookedRun {
  readonly registry: AppRegistry;
  readonly coreContext: CoreInvocationContext;
  readonly invocation: InvocationModel;
  readonly fn: RegisteredFunction;
  readonly context: unknown;
  readonly inputs: unknown[];
  readonly scope: LogScope;
}

async function runBetweenHooks(run: HookedRun): Promise<unknown> {
  const { registry, coreContext, invocation, context } = run;
  const fixed = {
    hookData: run.scope.hookData,
    appHookData: registry.appHookData,
    invocationContext: context,
  };
  const inState = async <T>(state: CoreInvocationContext['state'], step: () => Promise<T>): Promise<T> => {
    coreContext.state = state;
    try {
      return await step();
    } finally {
      coreContext.state = undefined;
    }
  };

  const pre = hookContext({ inputs: run.inputs, functionCallback: run.fn.callback }, fixed);
  await inState('preInvocationHooks', () => registry.runHooks('preInvocation', pre));
  const { inputs, functionCallback } = pre;

  const outcome: { inputs: unknown[]; result: unknown; error: unknown } = {
    inputs,
    result: null,
    error: null,
  };
  const post = hookContext(outcome, fixed);
  await inState('invocation', async () => {
    try {
      post.result = await invocation.invokeFunction(context, inputs, functionCallback);
    } catch (thrown) {
      // A handler that throws nothing (`throw undefined`) has failed all the same.
      post.error = thrown ?? toError(thrown);
    }
  });
  await inState('postInvocationHooks', () => registry.runHooks('postInvocation', post));
  if (post.error !== null && post.error !== undefined) {
    throw toError(post.error);
  }
  return post.result;
}

function inputData(options: InvokerOptions, fn: RegisteredFunction, call: TriggerCall): NamedData[] {
  const inputs: NamedData[] = [{ name: fn.trigger.key, data: call.data }];
  for (const [name, binding] of Object.entries(fn.metadata.bindings)) {
    if (name !== fn.trigger.key && binding.direction === 'in') {
      const data = options.bindingData((binding.type ?? '').toLowerCase());
      if (data !== undefined) {
        inputs.push({ name, data });
      }
    }
  }
  return inputs;
}

function newTraceParent(): string {
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`;
}
