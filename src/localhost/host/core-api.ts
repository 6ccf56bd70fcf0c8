import Module from 'node:module';
import { Disposable } from './app-registry.js';
import type { AppRegistry } from './app-registry.js';
import { SystemError } from './system-error.js';
import type {
  FunctionCallback,
  FunctionMetadata,
  HookCallback,
  LogCategory,
  LogLevel,
  ProgrammingModel,
} from './worker-contract.js';

/** The name under which apps and libraries ask for the worker. */
const CORE_MODULE = '@azure/functions-core';
/** The worker and host releases whose behaviour this one follows; libraries show them in messages only. */
const WORKER_VERSION = '3.14.1';
const HOST_VERSION = '4.1037.0';

interface Requiring {
  require: (this: unknown, id: string) => unknown;
}

let installed = false;

/** The exports of `@azure/functions-core`, writing into `registry`. */
export function createCoreApi(registry: AppRegistry): object {
  return {
    version: WORKER_VERSION,
    hostVersion: HOST_VERSION,
    Disposable,
    registerFunction: (metadata: FunctionMetadata, callback: FunctionCallback) =>
      registry.registerFunction(metadata, callback),
    registerHook: (name: string, callback: HookCallback) => registry.registerHook(name, callback),
    setProgrammingModel: (model: ProgrammingModel) => {
      registry.programmingModel = model;
    },
    getProgrammingModel: () => registry.programmingModel,
    log: (level: LogLevel, category: LogCategory, message: string) => {
      registry.log({ level, category, message });
    },
  };
}

/**
 * Answers every `require('@azure/functions-core')` of this process with `api`, until the returned function is called.
 * It must be in place before the app loads: `@azure/functions` remembers its first answer for good. Hence one app per
 * process; a second installation throws.
 */
export function installCoreModule(api: object): () => void {
  if (installed) {
    throw new SystemError('This process already hosts a function app: one process hosts one app.');
  }
  const prototype = Module.prototype as unknown as Requiring;
  const original = prototype.require;
  prototype.require = function (this: unknown, id: string): unknown {
    return id === CORE_MODULE ? api : original.call(this, id);
  };
  installed = true;
  return () => {
    prototype.require = original;
    installed = false;
  };
}
