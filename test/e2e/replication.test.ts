import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalRig, numbered } from '../support/local-rig.js';
import { ReplicationRig } from '../support/replication-rig.js';

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
});
