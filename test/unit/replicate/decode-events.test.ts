import { describe, expect, it } from 'vitest';
import { decodeEvents } from '../../../src/replicate/decode-events.js';
import { accounts, eventOf, messageOf } from '../../support/replication-world.js';

const hinted = {
  eTag: '0x8DB',
  contentLength: 7,
  blobType: 'BlockBlob',
  accessTier: 'Default',
  clientRequestId: 'me.1',
};

describe('decodeEvents', () => {
  it.each(['grid', 'cloud'] as const)('reads a created object in the %s schema', async (schema) => {
    const event = eventOf('folder/ä #1%.txt', { schema, data: hinted });

    const { events, refused } = await decodeEvents(messageOf(event), accounts);

    expect(refused).toEqual([]);
    expect(events).toEqual([
      {
        kind: 'created',
        id: event['id'],
        account: 'a',
        container: 'data',
        key: 'folder/ä #1%.txt',
        timeMs: Date.parse('2026-01-01T00:00:00.123Z'),
        sequencer: (event['data'] as { sequencer: string }).sequencer,
        clientRequestId: 'me.1',
        hint: { etag: '"0x8DB"', sizeBytes: 7 },
      },
    ]);
  });

  it.each([
    ['plain JSON', (event: unknown) => JSON.stringify(event)],
    ['plain JSON after spaces', (event: unknown) => `\n ${JSON.stringify(event)}`],
    ['base64', (event: unknown) => messageOf(event)],
    ['parsed JSON', (event: unknown) => event],
    ['an array in base64', (event: unknown) => messageOf([event])],
  ])('takes %s', async (_, form) => {
    const { events, refused } = await decodeEvents(form(eventOf('x')), accounts);
    expect([events.length, refused]).toEqual([1, []]);
  });

  it('keeps quotes of an ETag and a tier that was set', async () => {
    const data = { ...hinted, eTag: '"0x1"', accessTier: 'Cool', contentLength: '12' };
    const { events } = await decodeEvents(eventOf('x', { data }), accounts);
    expect(events[0]).toMatchObject({ hint: { etag: '"0x1"', sizeBytes: 12, tier: 'Cool' } });
  });

  it.each([
    ['no ETag', { ...hinted, eTag: undefined }],
    ['no length', { ...hinted, contentLength: undefined }],
    ['a page blob', { ...hinted, blobType: 'PageBlob' }],
    ['an archived blob', { ...hinted, accessTier: 'Archive' }],
    ['a copy, whose event may come at its begin', { ...hinted, api: 'CopyBlob' }],
  ])('believes nothing about %s', async (_, data) => {
    const { events } = await decodeEvents(eventOf('x', { data }), accounts);
    expect(events).toHaveLength(1);
    expect(events[0]).not.toHaveProperty('hint');
  });

  it.each([
    ['BlobDeleted', 'deleted'],
    ['BlobTierChanged', 'tierChanged'],
    ['DirectoryDeleted', 'directoryDeleted'],
  ])('reads %s', async (type, kind) => {
    const { events } = await decodeEvents(eventOf('x', { type }), accounts);
    expect(events[0]).toMatchObject({ kind, key: 'x' });
  });

  it('reads a rename of an account with a hierarchical namespace, from its other endpoint', async () => {
    const data = {
      api: 'RenameFile',
      url: undefined,
      sourceUrl: 'https://a.dfs.core.windows.net/data/old%20name.txt',
      destinationUrl: 'https://a.dfs.core.windows.net/data/new.txt',
    };
    const { events } = await decodeEvents(eventOf('new.txt', { type: 'BlobRenamed', data }), accounts);
    expect(events[0]).toMatchObject({
      kind: 'renamed',
      key: 'new.txt',
      from: { account: 'a', container: 'data', key: 'old name.txt' },
    });
  });

  it('keeps a name in a URL that is no percent-encoding', async () => {
    const data = { url: undefined, sourceUrl: 'https://a.blob.core.windows.net/data/100%/' };
    const { events } = await decodeEvents(eventOf('dir', { type: 'DirectoryRenamed', data }), accounts);
    expect(events[0]).toMatchObject({ kind: 'directoryRenamed', from: { key: '100%' } });
  });

  it.each([
    ['malformed', 'no JSON', 'certainly not'],
    ['malformed', 'JSON that is cut off', '{"id":'],
    ['malformed', 'a number', 17],
    ['malformed', 'null', null],
    ['malformed', 'an empty array', []],
    ['malformed', 'an object of no schema', { hello: 'world' }],
    ['malformed', 'CloudEvents of another version', { ...eventOf('x'), specversion: '2.0' }],
    ['malformed', 'CloudEvents without a time', { ...eventOf('x'), time: undefined }],
    ['malformed', 'a time that is none', { ...eventOf('x'), time: 'yesterday' }],
    [
      'malformed',
      'Event Grid schema without dataVersion',
      { ...eventOf('x', { schema: 'grid' }), dataVersion: undefined },
    ],
    ['malformed', 'a subject that is no blob', { ...eventOf('x'), subject: '/queues/x' }],
    ['malformed', 'data that is text', { ...eventOf('x'), data: 'text' }],
    ['malformed', 'data with a length that is none', eventOf('x', { data: { contentLength: 'long' } })],
    ['malformed', 'a rename from nowhere', eventOf('x', { type: 'BlobRenamed' })],
    [
      'malformed',
      'a rename from another account',
      eventOf('x', { type: 'BlobRenamed', data: { sourceUrl: 'https://evil.example/data/x' } }),
    ],
    [
      'oversized',
      'a message over 1 MiB',
      JSON.stringify(eventOf('x', { data: { filler: 'x'.repeat(2 ** 20) } })),
    ],
    [
      'oversized',
      'a message over 1 MiB in base64',
      messageOf(eventOf('x', { data: { filler: 'x'.repeat(2 ** 21) } })),
    ],
    ['foreign-account', 'another account', eventOf('x', { account: 'stranger' })],
    [
      'foreign-account',
      'an account whose name begins alike',
      eventOf('x', { data: { url: 'https://a.blob.core.windows.net.evil.example/data/x' } }),
    ],
    ['malformed', 'no URL at all', eventOf('x', { data: { url: undefined } })],
    ['other-type', 'an unknown type', eventOf('x', { type: 'BlobInventoryPolicyCompleted' })],
    ['other-type', 'a directory that was made', eventOf('x', { type: 'DirectoryCreated' })],
    ['other-type', 'the begin of an operation', eventOf('x', { type: 'AsyncOperationInitiated' })],
    ['other-type', 'a file that is still written', eventOf('x', { data: { api: 'CreateFile' } })],
  ])('refuses as %s: %s', async (reason, _, message) => {
    const { events, refused } = await decodeEvents(message, accounts);
    expect(events).toEqual([]);
    expect(refused).toMatchObject([{ reason }]);
  });

  it('does not let one bad event spoil the others', async () => {
    const message = messageOf([eventOf('good'), 'bad', eventOf('also good', { schema: 'grid' })]);
    const { events, refused } = await decodeEvents(message, accounts);
    expect(events.map(({ key }) => key)).toEqual(['good', 'also good']);
    expect(refused.map(({ reason }) => reason)).toEqual(['malformed']);
  });
});
