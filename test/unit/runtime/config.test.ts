import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../../src/runtime/config.js';

const base = { AzureWebJobsStorage__accountName: 'transhiphost' };

function accounts(...entries: readonly Record<string, string>[]) {
  return { ...base, TRANSHIP_ACCOUNTS: JSON.stringify(entries) };
}

function settingOf(environment: Record<string, string>): string | undefined {
  try {
    readConfig(environment);
    return undefined;
  } catch (error) {
    return error instanceof ConfigError ? error.setting : 'not a ConfigError';
  }
}

describe('readConfig', () => {
  it('fills in what is not set, and an empty table allows nothing', () => {
    expect(readConfig(base)).toEqual({
      environment: 'production',
      accounts: [],
      stateEndpoint: 'https://transhiphost.blob.core.windows.net',
      stateContainer: 'tranship',
      sliceMs: 60_000,
      sliceAbortMs: 120_000,
      deadAfterMs: 60_000,
      purgeAfterDays: 30,
      propagationMs: 600_000,
      queueEndpoint: 'https://transhiphost.queue.core.windows.net',
      eventQueue: 'tranship-events',
    });
  });

  it('reads accounts and endpoints', () => {
    const config = readConfig({
      AzureWebJobsStorage__blobServiceUri: 'https://host.blob.core.usgovcloudapi.net/',
      TRANSHIP_SLICE_MS: '5000',
      TRANSHIP_PURGE_AFTER_DAYS: '0',
      TRANSHIP_ACCOUNTS: JSON.stringify([
        { name: 'one', blobEndpoint: 'https://one.blob.core.windows.net/' },
        {
          name: 'two',
          blobEndpoint: 'https://two.z1.blob.storage.azure.net',
          listingOrder: 'utf16',
          sourceAuth: 'bearer',
        },
      ]),
    });
    expect(config.stateEndpoint).toBe('https://host.blob.core.usgovcloudapi.net');
    expect(config).toMatchObject({ sliceMs: 5000, purgeAfterDays: 0 });
    expect(config.accounts).toEqual([
      { name: 'one', blobEndpoint: 'https://one.blob.core.windows.net', listingOrder: 'utf8' },
      {
        name: 'two',
        blobEndpoint: 'https://two.z1.blob.storage.azure.net',
        listingOrder: 'utf16',
        sourceAuth: 'bearer',
      },
    ]);
  });

  it.each([
    ['no host account', {}, 'AzureWebJobsStorage'],
    ['broken JSON', { ...base, TRANSHIP_ACCOUNTS: '[' }, 'TRANSHIP_ACCOUNTS'],
    [
      'an unknown field',
      accounts({ name: 'one', blobEndpoint: 'https://one.blob.core.windows.net', key: 'k' }),
      'TRANSHIP_ACCOUNTS',
    ],
    [
      'http',
      accounts({ name: 'one', blobEndpoint: 'http://one.blob.core.windows.net' }),
      'TRANSHIP_ACCOUNTS',
    ],
    ['an IP address', accounts({ name: 'one', blobEndpoint: 'https://10.1.2.3' }), 'TRANSHIP_ACCOUNTS'],
    [
      'a port',
      accounts({ name: 'one', blobEndpoint: 'https://one.blob.core.windows.net:8443' }),
      'TRANSHIP_ACCOUNTS',
    ],
    [
      'loopback in production',
      accounts({ name: 'one', blobEndpoint: 'https://127.0.0.1:10000/one' }),
      'TRANSHIP_ACCOUNTS',
    ],
    [
      'user info',
      accounts({ name: 'one', blobEndpoint: 'https://me@one.blob.core.windows.net' }),
      'TRANSHIP_ACCOUNTS',
    ],
    [
      'a query',
      accounts({ name: 'one', blobEndpoint: 'https://one.blob.core.windows.net?sig=x' }),
      'TRANSHIP_ACCOUNTS',
    ],
    [
      'a way to authorise copy sources that there is not',
      accounts({ name: 'one', blobEndpoint: 'https://one.blob.core.windows.net', sourceAuth: 'sas' }),
      'TRANSHIP_ACCOUNTS',
    ],
    [
      'a name twice',
      accounts(
        { name: 'one', blobEndpoint: 'https://one.blob.core.windows.net' },
        { name: 'one', blobEndpoint: 'https://two.blob.core.windows.net' },
      ),
      'TRANSHIP_ACCOUNTS',
    ],
    [
      'another host in development',
      {
        ...accounts({ name: 'one', blobEndpoint: 'https://10.0.0.1:10000/one' }),
        TRANSHIP_ENVIRONMENT: 'development',
      },
      'TRANSHIP_ACCOUNTS',
    ],
    ['a queue that cannot be', { ...base, TRANSHIP_EVENT_QUEUE: 'Events' }, 'TRANSHIP_EVENT_QUEUE'],
    [
      'a queue whose poison queue would have no name',
      { ...base, TRANSHIP_EVENT_QUEUE: 'q'.repeat(57) },
      'TRANSHIP_EVENT_QUEUE',
    ],
    ['half a day', { ...base, TRANSHIP_PURGE_AFTER_DAYS: '0.5' }, 'TRANSHIP_PURGE_AFTER_DAYS'],
    ['a slice of no time', { ...base, TRANSHIP_SLICE_MS: '0' }, 'TRANSHIP_SLICE_MS'],
  ])('refuses %s, and names the setting', (_, environment, setting) => {
    expect(settingOf(environment as Record<string, string>)).toBe(setting);
  });

  it('reads where events come from and where they go', () => {
    const completionTopic = 'https://evgt-tranship-x.westeurope-1.eventgrid.azure.net/api/events';
    const told = { TRANSHIP_EVENT_QUEUE: 'blob-events', TRANSHIP_COMPLETION_TOPIC: completionTopic };
    expect(readConfig({ ...base, ...told })).toMatchObject({ eventQueue: 'blob-events', completionTopic });
    const local = {
      TRANSHIP_ENVIRONMENT: 'development',
      TRANSHIP_COMPLETION_TOPIC: 'http://127.0.0.1:9000/topic',
    };
    expect(readConfig({ ...base, ...local }).completionTopic).toBe('http://127.0.0.1:9000/topic');
    expect(readConfig({ ...base, TRANSHIP_COMPLETION_TOPIC: '' })).not.toHaveProperty('completionTopic');
  });

  it.each([
    'https://topic.westeurope-1.eventgrid.azure.net.example.com/api/events',
    'https://topic.westeurope-1.eventgrid.azure.net@example.com/api/events',
    'http://topic.westeurope-1.eventgrid.azure.net/api/events',
    'https://example.com/api/events',
    'http://127.0.0.1:9000/topic/api/events',
  ])('refuses the topic %s, which would be handed a token', (topic) => {
    expect(settingOf({ ...base, TRANSHIP_COMPLETION_TOPIC: topic })).toBe('TRANSHIP_COMPLETION_TOPIC');
  });

  it('takes loopback with a port in development', () => {
    const environment = {
      ...accounts({ name: 'one', blobEndpoint: 'https://127.0.0.1:10000/one' }),
      TRANSHIP_ENVIRONMENT: 'development',
    };
    expect(readConfig(environment).accounts[0]?.blobEndpoint).toBe('https://127.0.0.1:10000/one');
  });

  it('takes the endpoint of Azure Files beside the one of blobs', () => {
    const [account] = readConfig(
      accounts({
        name: 'one',
        blobEndpoint: 'https://one.blob.core.windows.net',
        fileEndpoint: 'https://one.file.core.windows.net/',
      }),
    ).accounts;
    expect(account?.fileEndpoint).toBe('https://one.file.core.windows.net');
  });

  it.each([
    'https://one.blob.core.windows.net',
    'https://one.file.core.windows.net.evil.example',
    'https://10.1.2.3',
  ])('refuses %s as an endpoint of Azure Files', (fileEndpoint) => {
    const environment = accounts({
      name: 'one',
      blobEndpoint: 'https://one.blob.core.windows.net',
      fileEndpoint,
    });
    expect(settingOf(environment)).toBe('TRANSHIP_ACCOUNTS');
  });

  it('never repeats the value of a faulty setting', () => {
    const environment = { ...base, TRANSHIP_ACCOUNTS: '{"secret' };
    expect(() => readConfig(environment)).toThrow(expect.not.stringContaining('secret') as string);
  });
});

it('the user agent tells the version of the package', async () => {
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
  expect(await readFile('src/functions/compose.ts', 'utf8')).toContain(`packageVersion = '${version}'`);
});

it('the sample of local settings names every setting that the code reads', async () => {
  const sample = await readFile('local.settings.sample.json', 'utf8');
  const files = ['src/runtime/config.ts', 'src/runtime/auth-settings.ts'];
  const code = (await Promise.all(files.map((file) => readFile(file, 'utf8')))).join();
  const names = new Set(
    [...code.matchAll(/'((?:TRANSHIP|AZURE|AzureWebJobsStorage_)_\w+)'/g)].map(([, name]) => name ?? ''),
  );
  expect(names.size).toBeGreaterThanOrEqual(6);
  const { Values: values } = JSON.parse(sample) as { Values: Record<string, string> };
  // Either name of the host account will do; the sample shows the one that works in every cloud.
  names.delete('AzureWebJobsStorage__accountName');
  expect(Object.keys(values)).toEqual(expect.arrayContaining([...names]));
});
