import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  appEnvironment,
  appIdentity,
  appRoles,
  baseEnvironment,
  hostAccount,
  workerArguments,
} from './app-environment.js';
import { startChild, type Child } from './child.js';
import type { Cloud, CloudOptions } from './cloud/cloud.js';
import { lockDirectory } from './durable/directory-lock.js';
import type { Delivery } from './durable/engine-options.js';
import type { HostStart } from './host-main.js';
import { removeLocalFile, writeLocalFile, type LocalFile } from './local-file.js';
import { entryFile, packageDirectory } from './package-layout.js';
import { clearState } from './state-folder.js';

export interface LocalOptions {
  /** Keeps accounts, jobs, journal and logs over restarts; made when missing. One supervisor at a time. */
  readonly stateDirectory: string;
  /** Cloud at this port and the four after it, the API at the sixth, Azure Files at the seventh. 0 takes free ports. */
  readonly basePort: number;
  /** Fail on what would hang or corrupt a job in Azure. */
  readonly strict: boolean;
  /** Deliver each activity more than once, as the platform may; absent: once. */
  readonly delivery?: Delivery;
  /** Start the functions host again, a second after it has died by itself. */
  readonly restartHost: boolean;
  /** Begin without the accounts and jobs of an earlier run. */
  readonly fresh?: boolean;
  /** The function app; absent: this package. */
  readonly appDirectory?: string;
  /** Further places for the file that tells where everything is, beside `<stateDirectory>/local.json`. */
  readonly localFiles?: readonly string[];
  /** App settings that replace ours. */
  readonly settings?: Readonly<Record<string, string>>;
  /** PEM of further certificate authorities that the app shall trust. */
  readonly extraCaFile?: string;
  /** Receives one line when something happens that nobody asked for. */
  readonly log?: (line: string) => void;
}

/** A cloud and a functions host on this machine, each in processes of its own. */
export interface Local {
  /** As written to `local.json`, with the present process ids. */
  readonly localJson: LocalFile;
  /** Where the app gets its tokens, for a program that acts in its place. Kept out of `local.json`. */
  readonly identity: Pick<Cloud, 'identityEndpoint' | 'identityHeader'>;
  /** Ends the functions host alone, and resolves when it has gone: `SIGKILL` as a crash would. */
  killHost(signal: NodeJS.Signals): Promise<void>;
  /** Starts the functions host again at the same port, and resolves when it serves. Does nothing while it runs. */
  startHost(): Promise<void>;
  /** Stops the host, then the cloud. Idempotent. */
  stop(): Promise<void>;
}

const stopGraceMs = 12_000;
const restartDelayMs = 1000;

type CloudReady = Omit<Cloud, 'stop'>;

/** Starts everything; resolves when the API serves. Leaves nothing running when it rejects. Needs a built `dist`. */
export async function startLocal(options: LocalOptions): Promise<Local> {
  const stateDirectory = resolve(options.stateDirectory);
  const lock = await lockDirectory(stateDirectory);
  try {
    if (options.fresh === true) {
      await clearState(stateDirectory);
    }
    await mkdir(join(stateDirectory, 'logs'), { recursive: true, mode: 0o700 });
    await Promise.all(
      ['cloud', 'host'].map((name) => keepLastLog(join(stateDirectory, 'logs', `${name}.log`))),
    );
    const cloud = await startCloudChild(stateDirectory, options.basePort);
    const local = new Supervisor({ ...options, stateDirectory }, cloud, () => lock.release());
    try {
      await local.startHost();
    } catch (error) {
      await local.stop();
      throw error;
    }
    return local;
  } catch (error) {
    await lock.release().catch(() => undefined);
    throw error;
  }
}

async function keepLastLog(path: string): Promise<void> {
  if (existsSync(path)) {
    await rename(path, `${path}.1`);
  }
}

function startCloudChild(stateDirectory: string, basePort: number): Promise<Child> {
  const message: Omit<CloudOptions, 'log'> = {
    stateDirectory: join(stateDirectory, 'cloud'),
    basePort,
    accounts: ['source', 'target', hostAccount].map((name) => ({ name })),
    identities: [appIdentity],
    roles: appRoles.map((role) => ({ ...role, actions: [...role.actions] })),
  };
  return startChild({
    name: 'emulated cloud',
    entry: entryFile('cloud-main.js'),
    environment: baseEnvironment(process.env),
    logFile: join(stateDirectory, 'logs', 'cloud.log'),
    message,
  });
}

class Supervisor implements Local {
  readonly #options: LocalOptions;
  readonly #cloud: Child;
  readonly #release: () => Promise<void>;
  #host: Child | undefined;
  #starting: Promise<void> | undefined;
  #url: string | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: LocalOptions, cloud: Child, release: () => Promise<void>) {
    this.#options = options;
    this.#cloud = cloud;
    this.#release = release;
    void cloud.exited.then((end) => {
      if (this.#stopping === undefined) {
        options.log?.(`The emulated cloud has ended (${end}); stopping.`);
        void this.stop();
      }
    });
  }

  get localJson(): LocalFile {
    const { accounts, caFile, adminUrl } = this.#cloud.ready as CloudReady;
    return {
      apiUrl: this.#url ?? '',
      caFile,
      accounts,
      adminUrl,
      stateDirectory: this.#options.stateDirectory,
      processes: { supervisor: process.pid, cloud: this.#cloud.pid, host: this.#host?.pid ?? 0 },
    };
  }

  get identity(): Local['identity'] {
    const { identityEndpoint, identityHeader } = this.#cloud.ready as CloudReady;
    return { identityEndpoint, identityHeader };
  }

  async killHost(signal: NodeJS.Signals): Promise<void> {
    const host = this.#host;
    this.#host = undefined;
    await host?.kill(signal);
  }

  startHost(): Promise<void> {
    if (this.#stopping !== undefined) {
      return Promise.reject(new Error('Everything has been stopped.'));
    }
    this.#starting ??= this.#startHost().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #startHost(): Promise<void> {
    if (this.#host !== undefined) {
      return;
    }
    const { stateDirectory, basePort, strict, delivery, settings, appDirectory, extraCaFile } = this.#options;
    const message: HostStart = {
      appDirectory: appDirectory ?? packageDirectory,
      stateDirectory: join(stateDirectory, 'host'),
      port: this.#url === undefined ? (basePort === 0 ? 0 : basePort + 5) : Number(new URL(this.#url).port),
      strict,
      ...(delivery === undefined ? {} : { delivery }),
    };
    const ca = extraCaFile === undefined ? {} : { NODE_EXTRA_CA_CERTS: await this.#trust(extraCaFile) };
    const host = await startChild({
      name: 'functions host',
      entry: entryFile('host-main.js'),
      nodeArguments: workerArguments,
      environment: { ...appEnvironment(this.#cloud.ready as CloudReady, process.env), ...ca, ...settings },
      logFile: join(stateDirectory, 'logs', 'host.log'),
      message,
    });
    this.#host = host;
    this.#url = (host.ready as { readonly url: string }).url;
    void host.exited.then((end) => {
      this.#hostEnded(host, end);
    });
    await Promise.all(this.#files().map((path) => writeLocalFile(path, this.localJson)));
  }

  /** One file with the cloud's certificate and theirs: a process takes only one. */
  async #trust(extraCaFile: string): Promise<string> {
    const { caFile } = this.#cloud.ready as CloudReady;
    const path = join(this.#options.stateDirectory, 'ca.pem');
    const texts = await Promise.all([caFile, extraCaFile].map((file) => readFile(file, 'utf8')));
    await writeFile(path, texts.join('\n'));
    return path;
  }

  #hostEnded(host: Child, end: string): void {
    if (this.#stopping !== undefined || this.#host !== host) {
      return;
    }
    this.#host = undefined;
    this.#options.log?.(`The functions host has ended (${end}).`);
    if (this.#options.restartHost) {
      setTimeout(() => {
        if (this.#stopping === undefined) {
          this.startHost().catch((error: unknown) => {
            this.#options.log?.(error instanceof Error ? error.message : String(error));
          });
        }
      }, restartDelayMs);
    }
  }

  #files(): string[] {
    return [join(this.#options.stateDirectory, 'local.json'), ...(this.#options.localFiles ?? [])];
  }

  async #stopAll(): Promise<void> {
    await this.#starting?.catch(() => undefined);
    await this.#host?.stop(stopGraceMs);
    await this.#cloud.stop(stopGraceMs);
    await Promise.all(this.#files().map((path) => removeLocalFile(path, process.pid)));
    await this.#release();
  }
}
