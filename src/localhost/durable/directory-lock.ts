import { createHash } from 'node:crypto';
import { mkdir, stat, unlink } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The folder is in use. `message` names the folder and, where known, the process. */
class DirectoryLockedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DirectoryLockedError';
  }
}

export interface DirectoryLock {
  release(): Promise<void>;
}

/**
 * The lock is a listening local socket: the kernel frees it when its process dies, however it dies, so there is no stale lock
 * to judge by pid and start time. Linux has names outside the file system and Windows has pipes; elsewhere the socket is a
 * file, which may be left behind and is then told by its refusing connections. The name comes from the folder's device and
 * inode: one folder has one lock by whatever path it is reached. Not seen across machines or network namespaces.
 */
async function lockAddress(directory: string): Promise<string> {
  const { dev, ino } = await stat(directory, { bigint: true });
  const name = `tranship-${createHash('sha256')
    .update(`${String(dev)}:${String(ino)}`)
    .digest('hex')
    .slice(0, 24)}`;
  if (process.platform === 'linux') {
    return `\0${name}`;
  }
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
}

/** Resolves with the server, or undefined when the address is taken. */
function listen(address: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.end(String(process.pid));
    });
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') {
        resolve(undefined);
      } else {
        reject(error);
      }
    });
    server.listen(address, () => {
      server.unref();
      resolve(server);
    });
  });
}

/** The process id that answers at the address; undefined when nobody does. */
function askOwner(address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(address);
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      answer += text;
    });
    socket.once('end', () => {
      resolve(answer);
    });
    socket.once('error', () => {
      resolve(undefined);
    });
  });
}

/** Makes the folder if it is missing and takes its lock. Rejects with `DirectoryLockedError` while another owner lives. */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  await mkdir(directory, { recursive: true });
  const address = await lockAddress(directory);
  let server = await listen(address);
  if (server === undefined) {
    const owner = await askOwner(address);
    if (owner === undefined && address.endsWith('.sock')) {
      await unlink(address);
      server = await listen(address);
    }
    if (server === undefined) {
      throw new DirectoryLockedError(
        `${directory} is in use by ${owner === undefined ? 'another process' : `process ${owner}`}. ` +
          'Stop it, or choose another folder.',
      );
    }
  }
  const held = server;
  return {
    release: () =>
      new Promise((resolve, reject) => {
        held.close((error) => {
          if (error === undefined) {
            resolve();
          } else {
            reject(error);
          }
        });
      }),
  };
}
