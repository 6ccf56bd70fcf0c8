import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { DurableSettings } from '../durable/engine-api.js';
import { resolveSettings } from './app-settings.js';
import type { AppSettings } from './app-settings.js';
import { queueSettings, queuesSchema } from './triggers/queue-settings.js';
import type { QueueSettings } from './triggers/queue-settings.js';
import { SystemError, toError } from './system-error.js';
import { parseTimeSpan } from './triggers/time-span.js';

/** host.json, as far as one machine needs it. */
export interface HostSettings {
  /** Undefined: unlimited (`-1`). */
  readonly functionTimeoutMs: number | undefined;
  /** Without slashes; empty when routes start at the root. */
  readonly routePrefix: string;
  readonly durable: DurableSettings;
  readonly queues: QueueSettings;
}

/** The default of every plan but Consumption. */
const DEFAULT_FUNCTION_TIMEOUT_MS = 30 * 60 * 1000;
/** The extension's own default outside a deployed app. */
const DEFAULT_HUB_NAME = 'TestHubName';

const concurrency = z.number().int().min(1);
const hostFileSchema = z.object({
  version: z.literal('2.0'),
  functionTimeout: z.string().optional(),
  extensions: z
    .object({
      http: z.object({ routePrefix: z.string().optional() }).optional(),
      queues: queuesSchema.optional(),
      durableTask: z
        .object({
          hubName: z.string().optional(),
          maxConcurrentActivityFunctions: concurrency.optional(),
          maxConcurrentOrchestratorFunctions: concurrency.optional(),
          defaultVersion: z.string().optional(),
        })
        .optional(),
    })
    .optional(),
});
type HostFile = z.infer<typeof hostFileSchema>;

/** Reads host.json of an app. Throws a SystemError that names the file and the field. */
export async function readHostSettings(appDirectory: string, settings: AppSettings): Promise<HostSettings> {
  const path = join(appDirectory, 'host.json');
  const file = await readHostFile(path);
  const http = file.extensions?.http;
  return {
    functionTimeoutMs: functionTimeoutMs(file, path),
    routePrefix: (http?.routePrefix ?? 'api').replace(/^\/+|\/+$/g, ''),
    durable: durableSettings(file, path, settings),
    queues: queueSettings(file.extensions?.queues),
  };
}

async function readHostFile(path: string): Promise<HostFile> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, 'utf8'));
  } catch (thrown) {
    throw new SystemError(`Cannot read ${path}: ${toError(thrown).message}`, { cause: thrown });
  }
  const parsed = hostFileSchema.safeParse(content);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      (issue) => `${issue.path.join('.') || 'file'}: ${issue.message}`,
    );
    throw new SystemError(`${path} is not usable: ${problems.join('; ')}`);
  }
  return parsed.data;
}

function functionTimeoutMs(file: HostFile, path: string): number | undefined {
  if (file.functionTimeout === undefined) {
    return DEFAULT_FUNCTION_TIMEOUT_MS;
  }
  if (file.functionTimeout === '-1') {
    return undefined;
  }
  const timeoutMs = parseTimeSpan(file.functionTimeout);
  if (timeoutMs === undefined || timeoutMs === 0) {
    throw new SystemError(`${path} is not usable: functionTimeout: expected hh:mm:ss above zero, or -1`);
  }
  return timeoutMs;
}

function durableSettings(file: HostFile, path: string, settings: AppSettings): DurableSettings {
  const durable = file.extensions?.durableTask;
  const perCore = 10 * availableParallelism();
  return {
    hubName: resolveSettings(durable?.hubName ?? DEFAULT_HUB_NAME, settings, `${path}: durableTask.hubName`),
    maxConcurrentActivityFunctions: durable?.maxConcurrentActivityFunctions ?? perCore,
    maxConcurrentOrchestratorFunctions: durable?.maxConcurrentOrchestratorFunctions ?? perCore,
    ...(durable?.defaultVersion === undefined ? {} : { defaultVersion: durable.defaultVersion }),
  };
}
