import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder with package.json and host.json; the same whether this file runs from src or from dist. */
export const packageDirectory = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** The built entry file of a process of its own, such as `host-main.js`. Needs `npm run build`. */
export function entryFile(name: string): string {
  return join(packageDirectory, 'dist', 'localhost', name);
}
