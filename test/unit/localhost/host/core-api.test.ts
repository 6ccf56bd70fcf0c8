import { createRequire } from 'node:module';
import { afterEach, describe, expect, it } from 'vitest';
import { AppRegistry } from '../../../../src/localhost/host/app-registry.js';
import type { Disposable } from '../../../../src/localhost/host/app-registry.js';
import { createCoreApi, installCoreModule } from '../../../../src/localhost/host/core-api.js';
import type { HostLogEntry } from '../../../../src/localhost/host/host-log.js';
import type {
  FunctionCallback,
  FunctionMetadata,
  HookCallback,
  LogLevel,
} from '../../../../src/localhost/host/worker-contract.js';

interface CoreApi {
  readonly version: string;
  readonly hostVersion: string;
  readonly Disposable: typeof Disposable;
  registerFunction(metadata: FunctionMetadata, callback: FunctionCallback): Disposable;
  registerHook(name: string, callback: HookCallback): Disposable;
  setProgrammingModel(model: unknown): void;
  getProgrammingModel(): unknown;
  log(level: LogLevel, category: string, message: string): void;
}

const requireHere = createRequire(import.meta.url);
const handler = (): undefined => undefined;
const metadata = { name: 'f', bindings: { t: { type: 'timerTrigger', direction: 'in' } } } as const;
let uninstall: (() => void) | undefined;

function install(): { registry: AppRegistry; core: CoreApi; log: HostLogEntry[] } {
  const log: HostLogEntry[] = [];
  const registry = new AppRegistry((entry) => log.push(entry));
  uninstall = installCoreModule(createCoreApi(registry));
  return { registry, core: requireHere('@azure/functions-core') as CoreApi, log };
}

afterEach(() => {
  uninstall?.();
  uninstall = undefined;
});

describe('the core module', () => {
  it('answers require while it is installed, and only then', () => {
    const { core } = install();
    expect(core.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(core.hostVersion).toMatch(/^4\./);
    expect(requireHere('node:path')).toBeDefined();
    uninstall?.();
    uninstall = undefined;
    expect(() => requireHere('@azure/functions-core') as unknown).toThrow(/Cannot find module/);
  });

  it('refuses a second installation', () => {
    const { registry } = install();
    expect(() => installCoreModule(createCoreApi(registry))).toThrow('one process hosts one app');
  });

  it('keeps the programming model and passes log lines on', () => {
    const { core, log } = install();
    expect(core.getProgrammingModel()).toBeUndefined();
    const model = { name: 'm' };
    core.setProgrammingModel(model);
    expect(core.getProgrammingModel()).toBe(model);
    core.log('information', 'system', 'hello ?sig=abc');
    expect(log).toEqual([{ level: 'information', category: 'system', message: 'hello ?sig=[hidden]' }]);
  });
});

describe('registering functions', () => {
  it('refuses a second function of the same id', () => {
    const { core } = install();
    core.registerFunction(metadata, handler);
    expect(() => core.registerFunction(metadata, handler)).toThrow(
      'A function with id "f" has already been registered.',
    );
    core.registerFunction({ ...metadata, functionId: 'other' }, handler);
  });

  it('disposes a function during start-up, and neither registers nor disposes after it', () => {
    const { core, registry } = install();
    const kept = core.registerFunction(metadata, handler);
    core.registerFunction({ ...metadata, name: 'gone' }, handler).dispose();
    expect(registry.functions().map((fn) => fn.name)).toEqual(['f']);
    registry.lock();
    expect(() => core.registerFunction({ ...metadata, name: 'late' }, handler)).toThrow(
      'A function can only be registered during app startup.',
    );
    expect(() => {
      kept.dispose();
    }).toThrow('A function can only be disposed during app startup.');
  });

  it('marks its errors as errors of the system', () => {
    const { core } = install();
    const registerNoTrigger = (): unknown => core.registerFunction({ name: 'n', bindings: {} }, handler);
    expect(registerNoTrigger).toThrow(
      expect.objectContaining({ isAzureFunctionsSystemError: true }) as Error,
    );
  });
});

describe('hooks', () => {
  it('refuses an unknown hook with a RangeError of the system', () => {
    const { core } = install();
    let thrown: unknown;
    try {
      core.registerHook('beforeLunch', handler);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(RangeError);
    expect(thrown).toMatchObject({
      name: 'RangeError',
      isAzureFunctionsSystemError: true,
      message: 'Unrecognized hook "beforeLunch"',
    });
  });

  it('runs in order of registration until disposed', async () => {
    const { core, registry } = install();
    const ran: string[] = [];
    const first = core.registerHook('appStart', () => ran.push('first'));
    core.registerHook('appStart', async () => {
      await Promise.resolve();
      ran.push('second');
    });
    await registry.runHooks('appStart', {});
    core.Disposable.from(first).dispose();
    first.dispose();
    await registry.runHooks('appStart', {});
    expect(ran).toEqual(['first', 'second', 'second']);
  });

  it('lets a log hook change level and message, and survives one that fails', () => {
    const { core, log } = install();
    core.registerHook('log', (context) => {
      Object.assign(context, { level: 'error', message: 'changed' });
    });
    core.log('debug', 'system', 'as it was');
    expect(log).toEqual([{ level: 'error', category: 'system', message: 'changed' }]);
    core.registerHook('log', (context) => {
      Object.assign(context, { category: 'user' });
    });
    log.length = 0;
    core.log('debug', 'system', 'x');
    expect(log.map((entry) => entry.message)).toEqual([
      "A log hook failed: Cannot assign to read only property 'category'",
      'changed',
    ]);
  });

  it('does not call itself when a log hook logs', () => {
    const { core, log } = install();
    core.registerHook('log', () => {
      core.log('debug', 'system', 'from the hook');
    });
    core.log('debug', 'system', 'outer');
    expect(log.map((entry) => entry.message)).toEqual(['from the hook', 'outer']);
  });
});
