import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { hookContext } from './app-registry.js';
import type { AppRegistry } from './app-registry.js';
import { SystemError, toError } from './system-error.js';

const packageSchema = z.object({ main: z.string().min(1), type: z.string().optional() });
type PackageFile = z.infer<typeof packageSchema>;

/** What the real worker tells a programming model about itself before the app's own settings are added. */
const WORKER_CAPABILITIES: readonly string[] = [
  'RawHttpBodyBytes',
  'RpcHttpTriggerMetadataRemoved',
  'RpcHttpBodyOnly',
  'IgnoreEmptyValuedRpcHttpHeaders',
  'UseNullableValueDictionaryForHttp',
  'WorkerStatus',
  'TypedDataCollection',
  'HandlesWorkerTerminateMessage',
];

/**
 * Loads an app as the real worker does: every file that package.json `main` (a glob) matches, then appStart hooks, then
 * the model's capabilities, then registration is locked. The core module must be installed before.
 * Throws a SystemError, with the cause, when an entry point fails, when none matches, or when nothing is registered.
 */
export async function loadApp(appDirectory: string, registry: AppRegistry): Promise<void> {
  const packageFile = await readPackageFile(appDirectory);
  const files = globSync(packageFile.main, { cwd: appDirectory }).sort();
  if (files.length === 0) {
    throw new SystemError(
      `Worker was unable to load entry point "${packageFile.main}": Found zero files matching the supplied pattern`,
    );
  }
  for (const file of files) {
    await loadEntryPoint(appDirectory, file, packageFile, registry);
  }
  await registry.runHooks(
    'appStart',
    hookContext({ functionAppDirectory: appDirectory }, appHookFields(registry)),
  );
  await negotiateCapabilities(registry);
  registry.lock();
  if (registry.functions().length === 0) {
    throw new SystemError(
      'The app has registered no function. If it calls app.* all the same, @azure/functions was loaded before the host, ' +
        'or is installed twice.',
    );
  }
}

/** Runs the app's appTerminate hooks. A failing hook is logged: stopping goes on. */
export async function terminateApp(registry: AppRegistry): Promise<void> {
  try {
    await registry.runHooks('appTerminate', hookContext({}, appHookFields(registry)));
  } catch (thrown) {
    const message = `An appTerminate hook failed: ${toError(thrown).message}`;
    registry.log({ level: 'error', category: 'system', message });
  }
}

function appHookFields(registry: AppRegistry): Record<string, unknown> {
  return { hookData: registry.appLevelHookData, appHookData: registry.appHookData };
}

async function readPackageFile(appDirectory: string): Promise<PackageFile> {
  const path = join(appDirectory, 'package.json');
  try {
    return packageSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (thrown) {
    const reason =
      thrown instanceof z.ZodError ? 'it must name the entry points in "main"' : toError(thrown).message;
    throw new SystemError(`Cannot read ${path}: ${reason}`, { cause: thrown });
  }
}

async function loadEntryPoint(
  appDirectory: string,
  file: string,
  packageFile: PackageFile,
  registry: AppRegistry,
): Promise<void> {
  registry.log({ level: 'debug', category: 'system', message: `Loading entry point file "${file}"` });
  const path = join(appDirectory, file);
  try {
    if (isEsModule(path, packageFile)) {
      await import(/* @vite-ignore */ pathToFileURL(path).href);
    } else {
      createRequire(path)(path);
    }
  } catch (thrown) {
    const { message } = toError(thrown);
    throw new SystemError(`Worker was unable to load entry point "${file}": ${message}`, { cause: thrown });
  }
}

function isEsModule(path: string, packageFile: PackageFile): boolean {
  if (path.endsWith('.mjs')) {
    return true;
  }
  return !path.endsWith('.cjs') && packageFile.type === 'module';
}

async function negotiateCapabilities(registry: AppRegistry): Promise<void> {
  const defaults = Object.fromEntries(WORKER_CAPABILITIES.map((name) => [name, 'true']));
  const capabilities = await registry.programmingModel?.getCapabilities?.(defaults);
  // With it the library opens a second HTTP server and expects requests to be forwarded there.
  if (capabilities?.['HttpUri'] !== undefined) {
    throw new SystemError('app.setup({ enableHttpStream: true }) is not supported on one machine.');
  }
}
