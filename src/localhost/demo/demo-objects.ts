import { opendir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { ObjectProperties, StringMap } from '../../job/operation.js';
import { oddNames } from './odd-names.js';

/** One object that the demo uploads, except the large one. */
export interface DemoObject {
  readonly name: string;
  /** Absolute path of the file, or the text itself. */
  readonly content: { readonly path: string } | { readonly text: string };
  readonly properties: ObjectProperties;
  readonly metadata: StringMap;
  readonly tags?: StringMap;
  readonly tier?: 'Hot' | 'Cool';
}

const maxFileBytes = 1024 * 1024;

const contentTypes: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.cjs': 'text/javascript',
  '.ts': 'text/x-typescript',
  '.json': 'application/json',
  '.map': 'application/json',
  '.md': 'text/markdown; charset=utf-8',
  '.css': 'text/css',
  '.html': 'text/html',
  '.yml': 'application/yaml',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
};

function contentType(name: string): string {
  return contentTypes[extname(name).toLowerCase()] ?? 'application/octet-stream';
}

/** What is kept with the n-th object: metadata keys with capitals, a few tags, tiers and properties. */
function describe(
  name: string,
  index: number,
): Pick<DemoObject, 'properties' | 'metadata' | 'tags' | 'tier'> {
  return {
    properties: {
      contentType: contentType(name),
      ...(index % 25 === 0 ? { cacheControl: 'public, max-age=3600', contentLanguage: 'en' } : {}),
      ...(index % 40 === 0 ? { contentDisposition: 'inline' } : {}),
    },
    metadata: index % 10 === 0 ? { Origin: 'node_modules', fileNumber: String(index) } : {},
    ...(index % 100 === 0 ? { tags: { shelf: String(index % 7), 'reviewed by': 'demo' } } : {}),
    ...(index % 50 === 0 ? { tier: index % 100 === 0 ? 'Cool' : 'Hot' } : {}),
  };
}

/** Files of a folder in a stable order, depth first; links and hidden folders are left out. */
async function* walk(directory: string, prefix: string): AsyncGenerator<{ name: string; path: string }> {
  const entries = [];
  for await (const entry of await opendir(directory)) {
    entries.push(entry);
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(directory, entry.name);
    if (entry.isFile()) {
      yield { name: `${prefix}${entry.name}`, path };
    } else if (entry.isDirectory() && !entry.name.startsWith('.')) {
      yield* walk(path, `${prefix}${entry.name}/`);
    }
  }
}

/** Up to `count` real files of the given `node_modules`, and the odd names with a line of text each. */
export async function demoObjects(nodeModules: string, count: number): Promise<readonly DemoObject[]> {
  const objects: DemoObject[] = [];
  for await (const { name, path } of walk(nodeModules, 'node_modules/')) {
    if (objects.length >= count) {
      break;
    }
    if (name.length <= 1000 && (await stat(path)).size <= maxFileBytes) {
      objects.push({ name, content: { path }, ...describe(name, objects.length) });
    }
  }
  const odd = oddNames.map((name, index) => ({
    name,
    content: { text: `The name of this object is ${JSON.stringify(name)}.\n` },
    ...describe(name, index),
  }));
  return [...objects, ...odd];
}
