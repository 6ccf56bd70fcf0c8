import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  globSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { describeRoutes } from '../../../src/functions/http/openapi.js';
import { routes } from '../../../src/functions/http/routes.js';
import { parseBicep } from '../../support/bicep/parse.js';
import { eventParameters } from '../../support/infra/scenarios.js';

const read = (path: string): string => readFileSync(path, 'utf8');

/** Of host.json what the app uses, by the names and limits that the host has; a word it does not know is a mistake. */
const count = (most: number) => z.int().min(1).max(most);
const span = z.string().regex(/^\d\d:[0-5]\d:[0-5]\d$/);
const hostSchema = z.strictObject({
  version: z.literal('2.0'),
  functionTimeout: span,
  logging: z.strictObject({
    logLevel: z.record(z.string(), z.enum(['Trace', 'Debug', 'Information', 'Warning', 'Error'])).optional(),
    applicationInsights: z.strictObject({
      samplingSettings: z.strictObject({ isEnabled: z.boolean(), excludedTypes: z.string() }),
    }),
  }),
  extensionBundle: z.strictObject({
    id: z.literal('Microsoft.Azure.Functions.ExtensionBundle'),
    version: z.string().regex(/^\[4\.\d+\.\d+, 5\.0\.0\)$/),
  }),
  extensions: z.strictObject({
    http: z.strictObject({ routePrefix: z.string().regex(/^[a-z]+$/) }),
    queues: z
      .strictObject({
        batchSize: count(32),
        newBatchThreshold: z.int().min(0),
        maxDequeueCount: count(100),
        visibilityTimeout: span,
        maxPollingInterval: span,
        messageEncoding: z.enum(['base64', 'none']),
      })
      .partial()
      .optional(),
    durableTask: z.strictObject({
      // Letters and digits; it is part of the names of queues and tables.
      hubName: z.string().regex(/^[A-Za-z][A-Za-z0-9]{2,44}$/),
      defaultVersion: z.string(),
      versionMatchStrategy: z.enum(['None', 'Strict', 'CurrentOrOlder']),
      versionFailureStrategy: z.enum(['Reject', 'Fail']),
      maxConcurrentActivityFunctions: count(1000),
      maxConcurrentOrchestratorFunctions: count(1000),
      storageProvider: z.strictObject({
        partitionCount: count(16),
        controlQueueBufferThreshold: count(1000),
        maxQueuePollingInterval: span,
        useTablePartitionManagement: z.boolean(),
      }),
    }),
  }),
});

describe('host.json', () => {
  it('holds only what the host knows, within its limits', () => {
    expect(hostSchema.safeParse(JSON.parse(read('host.json'))).error).toBeUndefined();
  });

  it.each([
    ['a misspelt word', '"routePrefix"', '"routeprefix"'],
    ['a hub name that tables cannot have', '"Tranship"', '"tran-ship"'],
    ['more partitions than there may be', '"partitionCount": 8', '"partitionCount": 17'],
    ['a bundle without the versions that jobs need', '[4.32.0, 5.0.0)', '[3.*, 4.0.0)'],
  ])('%s would be found', (_title, from, to) => {
    const changed = read('host.json').replace(from, to);
    expect(changed).not.toBe(read('host.json'));
    expect(hostSchema.safeParse(JSON.parse(changed)).success).toBe(false);
  });

  it('serves the API under the path that its description has', () => {
    const { routePrefix } = hostSchema.parse(JSON.parse(read('host.json'))).extensions.http;
    const paths = Object.keys(describeRoutes(routes)['paths'] as object);
    expect(paths.length).toBeGreaterThan(5);
    expect(paths.filter((path) => !path.startsWith(`/${routePrefix}/`))).toEqual([]);
  });

  it('names with %NAME%, as bindings do, only settings that the sample shows', () => {
    const { Values } = JSON.parse(read('local.settings.sample.json')) as { Values: Record<string, string> };
    const texts = ['host.json', ...globSync('src/functions/**/*.ts')].map(read);
    const named = texts.flatMap((text) =>
      [...text.matchAll(/['"]%(\w+)%['"]/g)].map(([, name = '']) => name),
    );
    expect(named.filter((name) => Values[name] === undefined)).toEqual([]);
  });
});

describe('azure.yaml', () => {
  const yaml = read('azure.yaml');

  it('has the keys of its schema, and infra where the templates lie', () => {
    const top = [...yaml.matchAll(/^(\w+):/gm)].map(([, key]) => key);
    expect(top).toEqual(['name', 'metadata', 'infra', 'services', 'hooks']);
    expect(yaml).toMatch(/^ {2}path: infra\n {2}module: main$/m);
    const hooks = [...(yaml.split('\nhooks:\n')[1]?.matchAll(/^ {2}(\w+):/gm) ?? [])].map(([, key]) => key);
    expect(hooks).toEqual(['prepackage', 'predeploy', 'postdeploy']);
  });

  it('runs scripts that exist, on either system', () => {
    const scripts = [...yaml.matchAll(/run: (infra\/\S+?) }/g)].map(([, path = '']) => path);
    expect(scripts).toEqual(['infra/hooks/postdeploy.sh', 'infra/hooks/postdeploy.ps1']);
    expect(scripts.filter((path) => !existsSync(path))).toEqual([]);
    expect(statSync('infra/hooks/postdeploy.sh').mode & 0o111).toBe(0o111);
  });
});

describe('the hook after deployment', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tranship-hook-'));
  const called = join(folder, 'called');
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const outputs = Object.fromEntries(
    Object.values(eventParameters).map((name) => [name, `value of ${name}`]),
  );
  const topics = '[{"name":"evgt one","containers":[]}]';
  const environment = {
    ...outputs,
    TRANSHIP_EVENT_DELIVERY: 'Function',
    TRANSHIP_EVENT_TOPICS: topics,
    AZURE_ENV_NAME: 'trial',
    AZURE_LOCATION: 'westeurope',
    AZURE_SUBSCRIPTION_ID: 'sub',
  };

  /** Runs it with an Azure CLI that writes down, one a line, what it is given. */
  function run(given: Readonly<Record<string, string>>) {
    rmSync(called, { force: true });
    const az = join(folder, 'az');
    writeFileSync(az, `#!/bin/sh\nprintf '%s\\n' "$@" > '${called}'\n`);
    chmodSync(az, 0o755);
    const path = `${folder}${delimiter}${process.env['PATH'] ?? ''}`;
    const { status } = spawnSync('sh', ['infra/hooks/postdeploy.sh'], { env: { ...given, PATH: path } });
    return { status, words: existsSync(called) ? read(called).trimEnd().split('\n') : undefined };
  }

  it('gives events.bicep each of its parameters, quoted as they are', () => {
    const { status, words = [] } = run(environment);
    expect(status).toBe(0);
    expect(words.slice(0, 3)).toEqual(['deployment', 'sub', 'create']);
    expect(words).toEqual(expect.arrayContaining(['tranship-events-trial', 'infra/events.bicep', 'sub']));
    const given = words.filter((_, index) => words[index - 1] === '--parameters');
    expect(given).toEqual(
      Object.entries(eventParameters).map(
        ([name, output]) => `${name}=${output === 'TRANSHIP_EVENT_TOPICS' ? topics : `value of ${output}`}`,
      ),
    );
    const declared = parseBicep(read('infra/events.bicep')).parameters.map(({ name }) => name);
    expect(Object.keys(eventParameters)).toEqual(declared);
  });

  it('does nothing when events come by the queue', () => {
    expect(run({ TRANSHIP_EVENT_DELIVERY: 'Queue' })).toEqual({ status: 0, words: undefined });
    expect(run({})).toEqual({ status: 0, words: undefined });
  });

  it('fails, and calls nothing, when an output is missing', () => {
    const entries = Object.entries<string>(environment);
    const { status, words } = run(
      Object.fromEntries(entries.filter(([name]) => !name.endsWith('FUNCTION_ID'))),
    );
    expect(status).not.toBe(0);
    expect(words).toBeUndefined();
  });

  it('asks the templates only for outputs that they have, on either system', () => {
    const made = parseBicep(read('infra/main.bicep')).outputs.map(({ name }) => name);
    const ofAzd = ['AZURE_ENV_NAME', 'AZURE_LOCATION', 'AZURE_SUBSCRIPTION_ID'];
    for (const script of ['infra/hooks/postdeploy.sh', 'infra/hooks/postdeploy.ps1']) {
      const asked = [...new Set(read(script).match(/\b(?:TRANSHIP|AZURE)_[A-Z_]+/g))];
      expect(asked.filter((name) => !made.includes(name) && !ofAzd.includes(name))).toEqual([]);
      expect(asked).toEqual(expect.arrayContaining([...Object.values(eventParameters), ...ofAzd]));
      expect(read(script)).toContain('infra/events.bicep');
    }
    const file = read('infra/hooks/postdeploy.ps1');
    expect([...file.matchAll(/^ {4}(\w+) = @\{ value/gm)].map(([, name]) => name)).toEqual(
      Object.keys(eventParameters),
    );
  });
});
