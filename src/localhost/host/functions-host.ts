import { join } from 'node:path';
import { wallClock } from '../../runtime/clock.js';
import type { Clock } from '../../runtime/clock.js';
import type { DurableEngine, DurableSettings, FunctionInvoker } from '../durable/engine-api.js';
import { createAdminApi } from './http/admin-api.js';
import { loadApp, terminateApp } from './app-loader.js';
import { AppRegistry } from './app-registry.js';
import { createCoreApi, installCoreModule } from './core-api.js';
import { createFunctionInvoker, isDurableClient } from './durable-binding.js';
import type { HostLog } from './host-log.js';
import { createEventGridWebhook } from './triggers/event-grid-trigger.js';
import { readHostSettings } from './host-settings.js';
import type { HostSettings } from './host-settings.js';
import { buildHttpRoutes } from './http/http-routes.js';
import { createHttpServer } from './http/http-server.js';
import { createInvoker } from './invoker.js';
import { findLacking } from './lacking-bindings.js';
import type { Invoker } from './invoker.js';
import { openStorageQueue } from './triggers/message-queue.js';
import type { OpenQueue } from './triggers/message-queue.js';
import { createQueueTriggers } from './triggers/queue-trigger.js';
import type { QueueTriggers } from './triggers/queue-trigger.js';
import { SystemError, toError } from './system-error.js';
import { createTimers } from './triggers/timer.js';
import type { Timers } from './triggers/timer.js';
import { openTimerStatusFile } from './triggers/timer-status.js';
import { stringData } from './typed-data.js';

export interface FunctionsHostOptions {
  /** Absolute path of the directory that holds the app's host.json and package.json. */
  readonly appDirectory: string;
  /** Absolute path; the host keeps `timers.json` there. Made when missing. */
  readonly stateDirectory: string;
  /** On 127.0.0.1. 0 takes any free port. */
  readonly port: number;
  /** An input or output binding that this host lacks fails the start, instead of a warning. Triggers only warn. */
  readonly strict: boolean;
  /** Called once during start, before the app is loaded; the engine is started after it and stopped by the host. */
  readonly engineFactory: (invoker: FunctionInvoker, settings: DurableSettings) => DurableEngine;
  readonly log: HostLog;
  /** Defaults to the wall clock. */
  readonly clock?: Clock;
  /** Defaults to storage queues, by identity. */
  readonly openQueue?: OpenQueue;
}

export interface FunctionsHost {
  /**
   * Loads the app and serves it. Rejects with a SystemError when the app cannot be run, or with the error of the socket
   * or the engine; everything is closed again by then. Sets `WEBSITE_HOSTNAME`, which durable clients need.
   */
  start(): Promise<{ readonly url: string }>;
  /**
   * Stops firing and accepting, lets what runs end for at most `graceMs` (shared by HTTP, engine and functions), runs
   * the app's appTerminate hooks. Idempotent; may be called during start. A stopped host cannot be started again.
   */
  stop(graceMs: number): Promise<void>;
}

/** Runs an unmodified function app (programming model v4) in this process. One process can host one app. */
export function createFunctionsHost(options: FunctionsHostOptions): FunctionsHost {
  const host = new EmbeddedHost(options);
  return { start: () => host.start(), stop: (graceMs) => host.stop(graceMs) };
}

class EmbeddedHost {
  readonly #options: FunctionsHostOptions;
  readonly #clock: Clock;
  readonly #registry: AppRegistry;
  readonly #server;
  #starting: Promise<{ readonly url: string }> | undefined;
  #stopping: Promise<void> | undefined;
  #uninstall: (() => void) | undefined;
  #engine: DurableEngine | undefined;
  #engineStarted = false;
  #invoker: Invoker | undefined;
  #timers: Timers | undefined;
  #queues: QueueTriggers | undefined;
  #loaded = false;

  constructor(options: FunctionsHostOptions) {
    this.#options = options;
    this.#clock = options.clock ?? wallClock;
    this.#registry = new AppRegistry(options.log);
    this.#server = createHttpServer((entry) => {
      this.#registry.log(entry);
    });
  }

  start(): Promise<{ readonly url: string }> {
    this.#starting ??= this.#begin();
    return this.#starting;
  }

  stop(graceMs: number): Promise<void> {
    this.#stopping ??= this.#end(graceMs);
    return this.#stopping;
  }

  async #begin(): Promise<{ readonly url: string }> {
    if (this.#stopping !== undefined) {
      throw new SystemError('The host has been stopped.');
    }
    try {
      return await this.#open();
    } catch (thrown) {
      await this.#close(0).catch((second: unknown) => {
        const message = `Closing after a failed start failed too: ${toError(second).message}`;
        this.#registry.log({ level: 'error', category: 'system', message });
      });
      throw thrown;
    }
  }

  async #end(graceMs: number): Promise<void> {
    // A start that failed has already closed everything, and told its own caller why.
    await this.#starting?.catch(() => undefined);
    await this.#close(graceMs);
  }

  async #open(): Promise<{ readonly url: string }> {
    const { appDirectory, stateDirectory, port } = this.#options;
    const settings = await readHostSettings(appDirectory, process.env);
    const statusFile = await openTimerStatusFile(join(stateDirectory, 'timers.json'));
    const boundPort = await this.#server.listen(port);
    const url = `http://127.0.0.1:${String(boundPort)}`;
    // Without it, durable-functions rewrites all management URLs to localhost:7071.
    process.env['WEBSITE_HOSTNAME'] = url.slice('http://'.length);

    const invoker = this.#createParts(settings, url);
    this.#uninstall = installCoreModule(createCoreApi(this.#registry));
    await loadApp(appDirectory, this.#registry);
    this.#loaded = true;
    this.#checkBindings();
    const routes = buildHttpRoutes(this.#registry, settings.routePrefix);
    const timers = createTimers({
      registry: this.#registry,
      invoker,
      clock: this.#clock,
      statusFile,
      settings: process.env,
      log: (entry) => {
        this.#registry.log(entry);
      },
    });
    await this.#startEngine();
    const admin = createAdminApi({
      registry: this.#registry,
      invoker,
      timers,
      routePrefix: settings.routePrefix,
    });
    const eventGrid = createEventGridWebhook(this.#registry, invoker);
    this.#server.serve({ routes, invoker, engine: this.#requireEngine(), admin, eventGrid });
    this.#timers = timers;
    timers.start();
    this.#startQueues(settings, invoker);
    return { url };
  }

  #createParts(settings: HostSettings, url: string): Invoker {
    const invoker = createInvoker({
      registry: this.#registry,
      clock: this.#clock,
      functionTimeoutMs: settings.functionTimeoutMs,
      bindingData: (type) =>
        isDurableClient(type) ? stringData(this.#requireEngine().clientBinding(url)) : undefined,
    });
    this.#invoker = invoker;
    const forEngine = createFunctionInvoker(this.#registry, () => invoker);
    this.#engine = this.#options.engineFactory(forEngine, settings.durable);
    return invoker;
  }

  #startQueues({ queues }: HostSettings, invoker: Invoker): void {
    this.#queues = createQueueTriggers({
      registry: this.#registry,
      invoker,
      clock: this.#clock,
      settings: process.env,
      queues,
      openQueue: this.#options.openQueue ?? openStorageQueue,
      log: (entry) => {
        this.#registry.log(entry);
      },
    });
    this.#queues.start();
  }

  async #startEngine(): Promise<void> {
    await this.#requireEngine().start();
    this.#engineStarted = true;
  }

  #requireEngine(): DurableEngine {
    if (this.#engine === undefined) {
      throw new SystemError('The host has not been started.');
    }
    return this.#engine;
  }

  #checkBindings(): void {
    const { triggers, bindings } = findLacking(this.#registry.functions());
    const warn = (message: string): void => {
      this.#registry.log({ level: 'warning', category: 'system', message });
    };
    if (triggers.length > 0) {
      warn(`Fired only by POST /admin/functions/<name> on one machine: ${triggers.join(', ')}.`);
    }
    if (bindings.length > 0) {
      const message = `Not available on one machine: ${bindings.join(', ')}.`;
      if (this.#options.strict) {
        throw new SystemError(message);
      }
      warn(message);
    }
  }

  async #close(graceMs: number): Promise<void> {
    const deadline = this.#clock.now() + graceMs;
    const restMs = (): number => Math.max(0, deadline - this.#clock.now());
    const triggersEnded = Promise.all([this.#timers?.stop(), this.#queues?.stop()]);
    const engine = this.#engineStarted ? this.#engine : undefined;
    this.#engineStarted = false;
    const stopped = await Promise.allSettled([this.#server.close(graceMs), engine?.stop(graceMs)]);
    const drained = await this.#invoker?.drain(restMs());
    if (drained === false) {
      const message = 'Some functions were still running when the host stopped.';
      this.#registry.log({ level: 'warning', category: 'system', message });
    } else {
      // Their last status is being written; a caller may remove the state directory next.
      await triggersEnded;
    }
    if (this.#loaded) {
      this.#loaded = false;
      await terminateApp(this.#registry);
    }
    this.#uninstall?.();
    this.#uninstall = undefined;
    const failed = stopped.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) {
      throw failed.reason;
    }
  }
}
