import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forEachConcurrently } from '../../src/localhost/demo/account.js';
import { killOften } from '../support/chaos-kills.js';
import { LocalRig } from '../support/local-rig.js';
import { ReplicationRig } from '../support/replication-rig.js';
import { createSeededRandom } from '../support/seeded-random.js';

const seed = Number(process.env['TRANSHIP_CHAOS_SEED'] ?? '1');
const kills = Number(process.env['TRANSHIP_CHAOS_KILLS'] ?? '3');
const random = createSeededRandom(seed);
const changes = 100 * kills;
const weather = { seed, duplicated: 0.1, reordered: 0.2, lost: 0.05, delayMs: 50, heldMs: 1000 };

let rig: LocalRig;
beforeAll(async () => {
  rig = await LocalRig.start();
});
afterAll(() => rig.stop());

describe(`events while the host is killed, seed ${String(seed)}`, () => {
  it('are not lost: the queue drains, a reconciliation repairs what no event told, and nothing comes back', async () => {
    const replication = new ReplicationRig(rig);
    const [from, to] = [await rig.container('source', 'kills'), await rig.container('target', 'kills')];
    const more = { deletes: 'propagate', preserve: { tags: 'off' } };
    await replication.saveRule('kills', rig.url('source', 'kills'), [rig.url('target', 'kills')], more);
    await replication.subscribe([{ account: 'source', weather }]);
    await rig.admin('POST', 'faults', { account: 'target', operation: 'PutBlobFromUrl', delayMs: 25 });
    await rig.clearJournal();

    const steps = Array.from({ length: changes }, (_, step) => ({
      name: `n/${String(random.between(1, changes / 5))}`,
      deletes: random.chance(0.2),
      content: `content ${String(step)}`,
    }));
    const changing = forEachConcurrently(steps, 4, async ({ name, deletes, content }) => {
      if (deletes) await from.blob(name).deleteIfExists();
      else await from.blob(name).upload(content, content.length);
    });
    const plan = { kills, container: 'kills', steps: changes / 2, whileDown: () => Promise.resolve() };
    const killed = await killOften(rig, random, plan);
    await changing;
    await replication.drained(['kills']);
    await rig.admin('DELETE', 'faults');
    expect((await rig.call('POST', 'policies/kills/run')).status).toBe(202);
    const { jobs } = (await rig.call('GET', 'jobs')).body as { readonly jobs: readonly { id: string }[] };
    for (const { id } of jobs) expect((await rig.settled(id)).status).toBe('Completed');
    await replication.drained(['kills']);

    expect(killed).toHaveLength(kills);
    expect((await replication.eventCounts()).lost).toBeGreaterThan(0);
    expect(await replication.contents(to)).toEqual(await replication.contents(from));
    expect(await replication.status('kills')).toMatchObject({ deadLetters: 0, poisonedMessages: 0 });
  }, 240_000);
});
