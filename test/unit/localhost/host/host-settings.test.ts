import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readHostSettings } from '../../../../src/localhost/host/host-settings.js';
import type { HostSettings } from '../../../../src/localhost/host/host-settings.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'host-json-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function read(content: unknown, settings: Record<string, string> = {}): Promise<HostSettings> {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  await writeFile(join(directory, 'host.json'), text);
  return readHostSettings(directory, settings);
}

describe('host.json', () => {
  it('has the real host’s defaults', async () => {
    const settings = await read({ version: '2.0' });
    expect(settings).toMatchObject({ functionTimeoutMs: 1_800_000, routePrefix: 'api' });
    expect(settings.durable.hubName).toBe('TestHubName');
    expect(settings.durable.maxConcurrentActivityFunctions % 10).toBe(0);
    expect(settings.durable).not.toHaveProperty('defaultVersion');
  });

  it('gives what one machine needs and ignores the rest', async () => {
    const settings = await read(
      {
        version: '2.0',
        functionTimeout: '1.00:00:30',
        logging: { logLevel: {} },
        extensions: {
          http: { routePrefix: '/v1/' },
          durableTask: {
            hubName: '%HUB%x',
            maxConcurrentActivityFunctions: 8,
            maxConcurrentOrchestratorFunctions: 16,
            defaultVersion: '1.0',
            storageProvider: { partitionCount: 8 },
          },
        },
      },
      { HUB: 'My' },
    );
    expect(settings).toEqual({
      functionTimeoutMs: 86_430_000,
      queues: {
        batchSize: 16,
        maxDequeueCount: 5,
        maxPollingIntervalMs: 60_000,
        messageEncoding: 'base64',
        newBatchThreshold: 8,
        visibilityTimeoutMs: 0,
      },
      routePrefix: 'v1',
      durable: {
        hubName: 'Myx',
        maxConcurrentActivityFunctions: 8,
        maxConcurrentOrchestratorFunctions: 16,
        defaultVersion: '1.0',
      },
    });
  });

  it('knows a timeout without end and an empty prefix', async () => {
    const settings = await read({
      version: '2.0',
      functionTimeout: '-1',
      extensions: { http: { routePrefix: '' } },
    });
    expect(settings.functionTimeoutMs).toBeUndefined();
    expect(settings.routePrefix).toBe('');
  });

  it('names file and field of what is wrong', async () => {
    await expect(readHostSettings(directory, {})).rejects.toThrow(/Cannot read .*host\.json: ENOENT/);
    await expect(read('{')).rejects.toThrow(/Cannot read .*host\.json: /);
    await expect(read({})).rejects.toThrow(/host\.json is not usable: version: /);
    await expect(
      read({ version: '2.0', extensions: { durableTask: { maxConcurrentActivityFunctions: 0 } } }),
    ).rejects.toThrow(/extensions\.durableTask\.maxConcurrentActivityFunctions: /);
    for (const functionTimeout of ['soon', '00:00:00', '25:00:00']) {
      await expect(read({ version: '2.0', functionTimeout })).rejects.toThrow(
        /functionTimeout: expected hh:mm:ss/,
      );
    }
    await expect(
      read({ version: '2.0', extensions: { durableTask: { hubName: '%NOT_SET%' } } }),
    ).rejects.toThrow(/hubName refers to the application setting "NOT_SET", which is not set/);
  });
});
