import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LocalFile } from '../../src/localhost/local-file.js';
import { startLocal, type Local } from '../../src/localhost/local.js';
import { entryFile } from '../../src/localhost/package-layout.js';
import { littleAppDirectory } from '../support/little-host.js';
import { openStateFolder, type StateFolder } from '../support/state-folder.js';
import { until } from '../support/until.js';
import { isAlive } from '../support/is-alive.js';

let state: StateFolder;
let folder: string;
beforeEach(async () => {
  state = await openStateFolder('tranship-e2e');
  folder = state.path;
});
afterEach(() => state.close());

async function readLocal(): Promise<LocalFile | undefined> {
  const text = await readFile(join(folder, 'state', 'local.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as LocalFile);
}

describe('startLocal', () => {
  let local: Local;

  beforeEach(async () => {
    local = await startLocal({
      stateDirectory: join(folder, 'state'),
      basePort: 0,
      strict: false,
      restartHost: false,
      appDirectory: littleAppDirectory,
      settings: { LITTLE_SCHEDULE: '0 0 3 * * *' },
    });
  });
  afterEach(() => local.stop());

  it('serves an app, and the same app at the same place after the host was killed', async () => {
    const before = local.localJson;
    expect((await fetch(`${before.apiUrl}/api/echo`)).status).toBe(200);
    await local.killHost('SIGKILL');
    await expect(fetch(`${before.apiUrl}/api/echo`)).rejects.toThrow();
    expect(isAlive(before.processes.cloud)).toBe(true);
    await local.startHost();
    await local.startHost();
    expect(local.localJson.apiUrl).toBe(before.apiUrl);
    expect(local.localJson.processes.host).not.toBe(before.processes.host);
    expect((await fetch(`${before.apiUrl}/api/echo`)).status).toBe(200);
    expect((await readLocal())?.processes).toEqual(local.localJson.processes);
  });

  it('keeps local.json to its owner, and refuses a second supervisor of the folder', async () => {
    expect((await stat(join(folder, 'state', 'local.json'))).mode & 0o777).toBe(0o600);
    const second = startLocal({
      stateDirectory: join(folder, 'state'),
      basePort: 0,
      strict: false,
      restartHost: false,
    });
    await expect(second).rejects.toThrow(/in use/);
  });

  it('leaves no process and no local.json when it is stopped', async () => {
    const { processes } = local.localJson;
    await local.stop();
    await expect(local.startHost()).rejects.toThrow(/stopped/);
    expect([processes.cloud, processes.host].map(isAlive)).toEqual([false, false]);
    expect(await readLocal()).toBeUndefined();
  });
});

describe('the supervisor process', () => {
  let supervisor: ChildProcess;

  /** Runs the real app, as `tranship local` does. */
  async function start(...flags: string[]): Promise<LocalFile> {
    supervisor = spawn(process.execPath, [entryFile('main.js'), '--state', join(folder, 'state'), ...flags], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    await Promise.race([once(supervisor, 'message'), once(supervisor, 'exit')]);
    const file = await readLocal();
    if (file === undefined) {
      throw new Error('the supervisor has ended');
    }
    return file;
  }
  afterEach(() => {
    supervisor.kill('SIGKILL');
  });

  it('also writes .tranship/local.json, where the CLI looks for it', async () => {
    const file = await start();
    const usual = await readFile(join(folder, '.tranship', 'local.json'), 'utf8');
    expect(JSON.parse(usual)).toEqual(file);
    expect(file.accounts.map(({ name }) => name)).toEqual(['source', 'target', 'transhiphost']);
  });

  it('stops everything on SIGTERM', async () => {
    const { processes } = await start();
    supervisor.kill('SIGTERM');
    const [code] = (await once(supervisor, 'exit')) as [number];
    expect(code).toBe(0);
    expect([processes.cloud, processes.host].map(isAlive)).toEqual([false, false]);
  });

  it('leaves no orphan when it is killed', async () => {
    const { processes } = await start();
    supervisor.kill('SIGKILL');
    await until('cloud and host have gone', () => !isAlive(processes.cloud) && !isAlive(processes.host));
  });

  it('stops everything when the program that started it has gone', async () => {
    const { processes } = await start();
    supervisor.disconnect();
    await once(supervisor, 'exit');
    expect([processes.cloud, processes.host].map(isAlive)).toEqual([false, false]);
  });

  it('starts the host again with --restart', async () => {
    const { processes } = await start('--restart');
    process.kill(processes.host, 'SIGKILL');
    await until('another host serves', async () => {
      const host = (await readLocal())?.processes.host ?? processes.host;
      return host !== processes.host;
    });
  });
});
