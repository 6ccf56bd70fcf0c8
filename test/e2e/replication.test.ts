import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalRig, numbered } from '../support/local-rig.js';
import { ReplicationRig } from '../support/replication-rig.js';
import { eventOf } from '../support/replication-world.js';
import { until } from '../support/until.js';

let rig: LocalRig;
let replication: ReplicationRig;

const waiting = { timeout: 30_000, interval: 200 };

beforeAll(async () => {
  rig = await LocalRig.start();
  replication = new ReplicationRig(rig);
});

afterAll(async () => {
  await rig.stop();
});

describe('a replication rule on the local host', () => {
  it.each(['CloudEventSchemaV1_0', 'EventGridSchema'] as const)(
    'carries new, changed and deleted objects to its target by events of %s',
    async (schema) => {
      const name = schema.toLowerCase().replaceAll('_', '-').slice(0, 10);
      const source = await rig.container('source', `in-${name}`);
      const target = await rig.container('target', `out-${name}`);
      await replication.saveRule(
        `rule-${name}`,
        rig.url('source', `in-${name}`),
        [rig.url('target', `out-${name}`)],
        { deletes: 'propagate', preserve: { tags: 'off' } },
      );
      await replication.subscribe([{ account: 'source' }], schema);
      const names = [...numbered(20), 'odd/ä #%?+ name', 'ünï/cødé 😀'];

      await rig.clearJournal();
      await rig.fill(source, names);
      await replication.drained([`rule-${name}`]);
      expect(await replication.contents(target)).toEqual(await replication.contents(source));
      const created = await replication.requests();
      expect(created.length / names.length).toBeLessThanOrEqual(2.2);

      await rig.clearJournal();
      await rig.fill(source, names, (key) => `${key}, again`);
      await replication.drained([`rule-${name}`]);
      expect(await replication.contents(target)).toEqual(await replication.contents(source));
      const changed = await replication.requests();
      expect(changed.length / names.length).toBeLessThanOrEqual(4.2);

      for (const key of names.slice(0, 5)) await source.blob(key).delete();
      await replication.drained([`rule-${name}`]);
      expect(await replication.contents(target)).toEqual(await replication.contents(source));

      // Statistics are written every few seconds.
      const counted = async () => (await replication.status(`rule-${name}`)).last24Hours;
      await expect.poll(counted, waiting).toMatchObject({ copied: 2 * names.length, deleted: 5 });
      const status = await replication.status(`rule-${name}`);
      expect(status.lastEventAt).not.toBeNull();
      expect(status.lagMs?.p99).toBeGreaterThan(0);
    },
  );

  it.each(['CloudEventSchemaV1_0', 'EventGridSchema'] as const)(
    'is called by Event Grid, after the handshake of %s',
    async (schema) => {
      const name = `call-${schema.slice(0, 5).toLowerCase()}`;
      const source = await rig.container('source', name);
      const target = await rig.container('target', name);
      await replication.saveRule(name, rig.url('source', name), [rig.url('target', name)]);
      const url = `${rig.local.localJson.apiUrl}/runtime/webhooks/EventGrid?functionName=storageEvents`;
      const destination = { kind: 'webhook', url };
      await rig.admin('PUT', 'events', [{ account: 'source', container: name, schema, destination }]);
      await rig.fill(source, numbered(5));
      await replication.drained([name]);
      expect(await replication.contents(target)).toEqual(await replication.contents(source));
    },
  );

  it.each([
    ['CloudEventSchemaV1_0', 'cloud'],
    ['EventGridSchema', 'grid'],
  ] as const)('follows renamed objects and directories, told by events of %s', async (subscribed, schema) => {
    const name = `renamed-${schema}`;
    const source = await rig.container('source', name);
    const target = await rig.container('target', name);
    await replication.saveRule(name, rig.url('source', name), [rig.url('target', name)], {
      deletes: 'propagate',
    });
    await replication.subscribe([{ account: 'source', container: name }], subscribed);
    const renamed = { 'old name #1': 'new/ä 100%', 'dir/1': 'there/1', 'dir/sub/😀 2': 'there/sub/😀 2' };
    const others = ['dir', 'directory/1', 'old name #11'];
    await rig.fill(source, [...Object.keys(renamed), ...others]);
    await replication.drained([name]);
    const before = await rig.list(target);
    expect([...before.keys()].sort()).toEqual([...Object.keys(renamed), ...others].sort());

    // Azurite renames nothing: the same is done without a word, and told as an account with directories tells it.
    await replication.subscribe([{ account: 'source', container: name, types: [] }], subscribed);
    for (const [from, to] of Object.entries(renamed)) {
      await rig.fill(source, [to], () => from);
      await source.blob(from).delete();
    }
    const tell = (type: string, from: string, to: string): Promise<unknown> => {
      const sourceUrl = rig.url('source', `${name}/${encodeURIComponent(from)}`);
      const destinationUrl = rig.url('source', `${name}/${encodeURI(to)}`);
      const data = { api: 'RenameFile', url: undefined, sourceUrl, destinationUrl };
      const time = new Date().toISOString();
      return rig.admin('POST', 'events/publish', eventOf(to, { schema, type, time, container: name, data }));
    };
    await tell('BlobRenamed', 'old name #1', 'new/ä 100%');
    await tell('DirectoryRenamed', 'dir', 'there');
    await replication.drained([name]);
    const after = await rig.list(target);
    expect([...after.keys()].sort()).toEqual([...Object.values(renamed), ...others].sort());
    expect(await replication.contents(target)).toEqual(await replication.contents(source));
    const versions = (listed: typeof after) => others.map((key) => listed.get(key)?.properties.etag);
    expect(versions(after)).toEqual(versions(before));
    expect((await replication.status(name)).deadLetters).toBe(0);
  });

  it('leaves a large object to one job, sets a tier that has changed, and copies anew what was given up', async () => {
    const source = await rig.container('source', 'large');
    const target = await rig.container('target', 'large');
    await replication.saveRule('large', rig.url('source', 'large'), [rig.url('target', 'large')], {
      singleShotBytes: 1024,
    });
    await replication.subscribe([{ account: 'source', weather: { seed: 1, duplicated: 1, heldMs: 200 } }]);
    const text = 'a'.repeat(4096);
    await source.blob('large').upload(text, text.length);
    await rig.fill(source, ['small']);
    await replication.drained(['large']);
    const { jobs } = (await rig.call('GET', 'jobs')).body as { readonly jobs: readonly { id: string }[] };
    const own = jobs.filter(({ id }) => id.startsWith('rep'));
    expect(own).toHaveLength(1);
    expect((await rig.settled(own[0]?.id ?? '')).status).toBe('Completed');
    expect(await replication.contents(target)).toEqual(await replication.contents(source));

    for (const name of ['large', 'small']) await source.blob(name).setAccessTier('Cool');
    await replication.drained(['large']);
    const tiers = [...(await rig.list(target)).values()].map(({ properties }) => properties.accessTier);
    expect(tiers).toEqual(['Cool', 'Cool']);

    const refusal = { operation: 'PutBlobFromUrl', status: 409, code: 'BlobImmutableDueToPolicy' };
    await rig.admin('POST', 'faults', { account: 'target', container: 'large', ...refusal });
    await rig.fill(source, ['refused']);
    await replication.drained(['large']);
    expect((await replication.status('large')).deadLetters).toBe(1);
    await rig.admin('DELETE', 'faults');
    const retried = await rig.call('POST', 'policies/large/retry');
    expect(retried).toMatchObject({ status: 200, body: { retried: 1, failed: 0, more: false } });
    expect(await replication.contents(target)).toEqual(await replication.contents(source));
    expect((await replication.status('large')).deadLetters).toBe(0);
  });

  it('takes messages that are no events once, keeps them, and goes on', async () => {
    const source = await rig.container('source', 'after-bad');
    const target = await rig.container('target', 'after-bad');
    await replication.saveRule('after-bad', rig.url('source', 'after-bad'), [rig.url('target', 'after-bad')]);
    await replication.subscribe([{ account: 'source' }]);
    const foreign = {
      specversion: '1.0',
      id: '1',
      source: '/stranger',
      type: 'Microsoft.Storage.BlobCreated',
      subject: '/blobServices/default/containers/c/blobs/b',
      time: '2026-01-01T00:00:00Z',
      data: { url: 'https://stranger.blob.core.windows.net/c/b', sequencer: 'no hex' },
    };
    for (const message of [
      'nonsense',
      { half: 'an event' },
      [],
      foreign,
      { ...foreign, type: 'Other.Type' },
    ]) {
      await rig.admin('POST', 'events/publish', message);
    }
    await rig.fill(source, numbered(3));
    await replication.drained(['after-bad']);
    expect(await replication.contents(target)).toEqual(await replication.contents(source));
    const state = await rig.container('transhiphost', 'tranship');
    const kept = [...(await rig.list(state)).keys()].filter((key) => key.startsWith('replication/refused/'));
    expect(kept).toHaveLength(3);
    expect((await replication.status('after-bad')).poisonedMessages).toBe(0);
  });

  it('marks a rule that is removed, and looks every hour for what has been left long ago', async () => {
    expect((await rig.call('DELETE', 'policies/after-bad')).status).toBe(204);
    await rig.clearJournal();
    const { apiUrl } = rig.local.localJson;
    expect((await fetch(`${apiUrl}/admin/functions/purge`, { method: 'POST' })).status).toBe(202);
    await until('tombstones and marks are looked at', async () => {
      const own = (await rig.requests()).filter(({ clientRequestId }) =>
        clientRequestId?.startsWith('tranship.purge'),
      );
      return own.filter(({ operation }) => operation === 'ListBlobs').length > 2;
    });
    const names = [...(await rig.list(await rig.container('transhiphost', 'tranship'))).keys()];
    expect(names.filter((name) => name.startsWith('replication/removed/'))).toHaveLength(1);
  });
});
