import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { azuriteEntry, azuritePreload } from './azurite-preload.js';
import type { Certificate } from './certificate.js';
import type { AzuriteService } from './exchange.js';

const START_TIMEOUT_MS = 60_000;
const MOST_TRIES = 3;
const STOP_TIMEOUT_MS = 10_000;
const POLL_MS = 50;
const KEEP_ALIVE_SECONDS = 300;

/** A running Azurite. `port` is where each of its services listens on 127.0.0.1, over TLS. */
export interface Azurite {
  readonly ports: Readonly<Record<AzuriteService, number>>;
  readonly pid: number;
  /** Resolves when the process has gone, for whatever reason, with its last words. */
  readonly exited: Promise<string>;
  /** Lets it write its tables to disk and waits until it has gone. */
  stop(): Promise<void>;
}

/**
 * Starts Azurite's three services as one child and waits until the last of them answers. The child holds a channel to this
 * process: when this process dies, even by SIGKILL, the channel closes and the child shuts itself down, so none is left behind.
 */
export async function startAzurite(options: AzuriteOptions): Promise<Azurite> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await startOnce(options);
    } catch (error) {
      // Between the choice of a free port and its use another process may take it.
      const isTaken = error instanceof Error && error.message.includes('EADDRINUSE');
      if (!isTaken || tries === MOST_TRIES) throw error;
    }
  }
}

interface AzuriteOptions {
  readonly directory: string;
  readonly certificate: Certificate;
  readonly accounts: readonly { readonly name: string; readonly key: string }[];
}

async function startOnce(options: AzuriteOptions): Promise<Azurite> {
  mkdirSync(options.directory, { recursive: true });
  const pidFile = join(options.directory, 'azurite.pid');
  await waitForPredecessor(pidFile);
  const [blob, queue, table] = await freePorts(3);
  const ports = { blob: blob ?? 0, queue: queue ?? 0, table: table ?? 0 };
  const child = spawn(process.execPath, commandLine(options.directory, options.certificate, ports), {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // Its own process group: Ctrl-C in a terminal reaches us, and we stop it after our own requests are done.
    detached: true,
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      NODE_EXTRA_CA_CERTS: options.certificate.certFile,
      AZURITE_ACCOUNTS: options.accounts.map(({ name, key }) => `${name}:${key}`).join(';'),
    },
  });
  const exited = lastWords(child);
  writeFileSync(pidFile, String(child.pid ?? ''));
  try {
    await waitUntilReady(ports.table, options.certificate.cert, exited);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return { ports, pid: child.pid ?? 0, exited, stop: () => stopChild(child, exited) };
}

/** After a crash of its parent the former Azurite still writes its tables: reading them before would lose what they hold. */
async function waitForPredecessor(pidFile: string): Promise<void> {
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8'));
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  while (isAzurite(pid)) {
    if (Date.now() > deadline) throw new Error(`The state folder is in use by process ${String(pid)}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function isAzurite(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // The number may belong to another process by now. Without /proc it is taken for ours.
  const commandLineFile = `/proc/${String(pid)}/cmdline`;
  return (
    !existsSync('/proc/self') ||
    (existsSync(commandLineFile) && readFileSync(commandLineFile, 'utf8').includes('azurite'))
  );
}

function commandLine(
  directory: string,
  certificate: Certificate,
  ports: Readonly<Record<AzuriteService, number>>,
): string[] {
  const services = Object.entries(ports).flatMap(([service, port]) => [
    `--${service}Host`,
    '127.0.0.1',
    `--${service}Port`,
    String(port),
    `--${service}KeepAliveTimeout`,
    String(KEEP_ALIVE_SECONDS),
  ]);
  return [
    '--import',
    azuritePreload,
    azuriteEntry,
    '--location',
    directory,
    ...services,
    ...['--oauth', 'basic', '--cert', certificate.certFile, '--key', certificate.keyFile],
    ...['--silent', '--skipApiVersionCheck', '--disableProductStyleUrl', '--disableTelemetry'],
  ];
}

function lastWords(child: ChildProcess): Promise<string> {
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-2000);
  });
  return new Promise((resolve) => {
    child.once('error', (error) => {
      resolve(error.message);
    });
    child.once('exit', (code, signal) => {
      resolve(`exit ${String(code ?? signal)}: ${text}`);
    });
  });
}

async function waitUntilReady(port: number, ca: string, exited: Promise<string>): Promise<void> {
  let words: string | undefined;
  void exited.then((text) => (words = text));
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await answers(port, ca))) {
    if (words !== undefined) throw new Error(`Azurite ended before it was ready: ${words}`);
    if (Date.now() > deadline) throw new Error(`Azurite was not ready after ${String(START_TIMEOUT_MS)} ms`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function answers(port: number, ca: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = request({ host: '127.0.0.1', port, path: '/', ca, agent: false }, (response) => {
      response.resume();
      resolve(true);
    });
    probe.once('error', () => {
      resolve(false);
    });
    probe.end();
  });
}

async function stopChild(child: ChildProcess, exited: Promise<string>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(timer);
}

/** Ports that were free a moment ago on 127.0.0.1. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
