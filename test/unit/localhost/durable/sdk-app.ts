import Module from 'node:module';

import type { InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import type { ActivityHandler, OrchestrationContext, OrchestrationHandler } from 'durable-functions';

import type { DurableFunctionKind, FunctionInvoker } from '../../../../src/localhost/durable/engine-api.js';

type Callback = (input: unknown, context: InvocationContext) => unknown;

/** What the worker lends to `@azure/functions`, as far as registering needs it. */
const registered = new Map<string, Callback>();
const core = {
  version: '3.9.1',
  hostVersion: '4.1037.0',
  Disposable: class {
    dispose(): void {
      registered.clear();
    }
  },
  registerFunction: (metadata: { readonly name: string }, callback: Callback) => {
    registered.set(metadata.name, callback);
    return new core.Disposable();
  },
  setProgrammingModel: () => undefined,
  getProgrammingModel: () => undefined,
  registerHook: () => new core.Disposable(),
  log: () => undefined,
};

const prototype = Module.prototype as unknown as { require: (this: Module, id: string) => unknown };
const originalRequire = prototype.require;
prototype.require = function require(this: Module, id: string): unknown {
  return id === '@azure/functions-core' ? core : originalRequire.call(this, id);
};

/** Orchestrators and activities registered through the real SDK, callable as the engine calls them. */
export interface SdkApp extends FunctionInvoker {
  /** Invocations so far: `<kind> <name>`. */
  readonly calls: string[];
  /** Highest number of activities at the same time. */
  readonly peak: () => number;
}

export interface SdkFunctions {
  readonly orchestrators?: Readonly<Record<string, OrchestrationHandler>>;
  readonly activities?: Readonly<Record<string, ActivityHandler>>;
}

export type Ctx = OrchestrationContext;

/** Registers functions with durable-functions and keeps what the library hands to the worker. */
export function sdkApp(functions: SdkFunctions): SdkApp {
  const orchestrators = new Map<string, Callback>();
  const activities = new Map<string, Callback>();
  const take = (name: string, into: Map<string, Callback>): void => {
    const callback = registered.get(name);
    if (callback === undefined) {
      throw new Error(`${name} was not registered`);
    }
    into.set(name, callback);
  };
  for (const [name, handler] of Object.entries(functions.orchestrators ?? {})) {
    df.app.orchestration(name, handler);
    take(name, orchestrators);
  }
  for (const [name, handler] of Object.entries(functions.activities ?? {})) {
    df.app.activity(name, { handler });
    take(name, activities);
  }
  const of = (kind: DurableFunctionKind): Map<string, Callback> =>
    kind === 'activity' ? activities : orchestrators;
  const calls: string[] = [];
  let running = 0;
  let peak = 0;
  return {
    calls,
    peak: () => peak,
    has: (kind, name) => of(kind).has(name),
    invoke: async (kind, name, payload) => {
      calls.push(`${kind} ${name}`);
      const callback = of(kind).get(name);
      if (callback === undefined) {
        throw new Error(`no ${kind} ${name}`);
      }
      running += kind === 'activity' ? 1 : 0;
      peak = Math.max(peak, running);
      try {
        const context = new df.DummyOrchestrationContext(name, 'invocation', () => undefined);
        const result = await callback(JSON.parse(payload), context);
        return result === undefined ? undefined : JSON.stringify(result);
      } finally {
        running -= kind === 'activity' ? 1 : 0;
      }
    },
  };
}
