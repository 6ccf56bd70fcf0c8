import type { HostLog, HostLogEntry } from './host-log.js';
import { redact } from '../../job/redact.js';
import { ReadOnlyFieldError, SystemError, SystemRangeError, toError } from './system-error.js';
import type {
  BindingInfo,
  FunctionCallback,
  FunctionMetadata,
  HookCallback,
  HookData,
  ProgrammingModel,
} from './worker-contract.js';

/** Handed out for every registration, as the worker's own class of that name. */
export class Disposable {
  readonly #release: () => void;

  constructor(release: () => void) {
    this.#release = release;
  }

  static from(...disposables: { dispose: () => unknown }[]): Disposable {
    return new Disposable(() => {
      for (const disposable of disposables) {
        disposable.dispose();
      }
    });
  }

  dispose(): void {
    this.#release();
  }
}

/** A function of the app, with its trigger found. */
export interface RegisteredFunction {
  readonly id: string;
  readonly name: string;
  readonly metadata: FunctionMetadata;
  readonly callback: FunctionCallback;
  readonly trigger: { readonly key: string; readonly type: string; readonly binding: BindingInfo };
}

const HOOK_NAMES = ['preInvocation', 'postInvocation', 'appStart', 'appTerminate', 'log'] as const;
/** The hooks a host knows. */
export type HookName = (typeof HOOK_NAMES)[number];

/** Of which invocation a log line speaks, for the app's own log hooks. */
export interface LogScope {
  readonly hookData: HookData;
  readonly invocationContext: unknown;
}

/**
 * What one app has registered: functions until {@link AppRegistry.lock}, hooks at any time, and the programming model.
 * Error texts are those of the real worker, because apps and libraries match on them.
 */
export class AppRegistry {
  readonly appHookData: HookData = {};
  /** hookData of appStart and appTerminate; invocations have their own. */
  readonly appLevelHookData: HookData = {};
  programmingModel: ProgrammingModel | undefined;
  readonly #functions = new Map<string, RegisteredFunction>();
  readonly #hooks = new Map<HookName, HookCallback[]>(HOOK_NAMES.map((name) => [name, []]));
  readonly #sink: HostLog;
  #locked = false;
  #inLogHook = false;

  constructor(sink: HostLog) {
    this.#sink = sink;
  }

  /** In order of registration. */
  functions(): readonly RegisteredFunction[] {
    return [...this.#functions.values()];
  }

  find(name: string): RegisteredFunction | undefined {
    return this.#functions.get(name) ?? this.functions().find((fn) => fn.name === name);
  }

  /** Ends start-up: from here on functions can neither be registered nor disposed. */
  lock(): void {
    this.#locked = true;
  }

  registerFunction(metadata: FunctionMetadata, callback: FunctionCallback): Disposable {
    if (this.#locked) {
      throw new SystemError('A function can only be registered during app startup.');
    }
    const id = metadata.functionId ?? metadata.name;
    if (this.#functions.has(id)) {
      throw new SystemError(`A function with id "${id}" has already been registered.`);
    }
    this.#functions.set(id, { id, name: metadata.name, metadata, callback, trigger: findTrigger(metadata) });
    return new Disposable(() => {
      if (this.#locked) {
        throw new SystemError('A function can only be disposed during app startup.');
      }
      this.#functions.delete(id);
    });
  }

  registerHook(name: string, callback: HookCallback): Disposable {
    const hooks = this.#hooks.get(name as HookName);
    if (hooks === undefined) {
      throw new SystemRangeError(`Unrecognized hook "${name}"`);
    }
    hooks.push(callback);
    return new Disposable(() => {
      const index = hooks.indexOf(callback);
      if (index >= 0) {
        hooks.splice(index, 1);
      }
    });
  }

  /** Runs hooks one after the other, in order of registration; the first failure stops them and is the caller's. */
  async runHooks(name: Exclude<HookName, 'log'>, context: object): Promise<void> {
    for (const hook of [...(this.#hooks.get(name) ?? [])]) {
      await hook(context);
    }
  }

  /**
   * Logs one line: the app's log hooks may first change its level and message; credentials are scrubbed last. Never
   * throws: a failing hook is logged as well.
   */
  log(entry: HostLogEntry, scope?: LogScope): void {
    const hooks = this.#hooks.get('log') ?? [];
    const line = { level: entry.level, message: entry.message };
    // A log hook that logs would call itself for ever: its own lines skip the hooks.
    if (hooks.length > 0 && !this.#inLogHook) {
      this.#inLogHook = true;
      try {
        this.#runLogHooks(hooks, line, entry, scope);
      } catch (thrown) {
        // Logging happens where nothing may fail any more, such as in the answer to a failed request.
        const message = redact(`A log hook failed: ${toError(thrown).message}`);
        this.#sink({ level: 'error', category: 'system', message });
      } finally {
        this.#inLogHook = false;
      }
    }
    this.#sink({ ...entry, level: line.level, message: redact(line.message) });
  }

  #runLogHooks(
    hooks: readonly HookCallback[],
    line: Pick<HostLogEntry, 'level' | 'message'>,
    entry: HostLogEntry,
    scope: LogScope | undefined,
  ): void {
    const context = hookContext(line, {
      category: entry.category,
      hookData: scope?.hookData ?? {},
      appHookData: this.appHookData,
      invocationContext: scope?.invocationContext,
    });
    for (const hook of [...hooks]) {
      hook(context);
    }
  }
}

/** `changeable` itself, extended by fields that throw when a hook assigns them. */
export function hookContext<T extends object>(changeable: T, fixed: Readonly<Record<string, unknown>>): T {
  for (const [field, value] of Object.entries(fixed)) {
    Object.defineProperty(changeable, field, {
      enumerable: true,
      get: () => value,
      set: () => {
        throw new ReadOnlyFieldError(field);
      },
    });
  }
  return changeable;
}

function findTrigger(metadata: FunctionMetadata): RegisteredFunction['trigger'] {
  for (const [key, binding] of Object.entries(metadata.bindings)) {
    if (binding.type?.toLowerCase().endsWith('trigger') === true) {
      return { key, type: binding.type.toLowerCase(), binding };
    }
  }
  throw new SystemError(`Function "${metadata.name}" has no trigger.`);
}
