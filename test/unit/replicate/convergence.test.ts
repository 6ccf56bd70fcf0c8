import { describe, expect, it } from 'vitest';
import { performDue } from '../../../src/replicate/due-work.js';
import type { Replicator } from '../../../src/replicate/replicator.js';
import { throttled } from '../../support/memory-faults.js';
import { createReplicationWorld, eventOf, messageOf, ruleOf } from '../../support/replication-world.js';
import type { ReplicationWorld } from '../../support/replication-world.js';
import { type SeededRandom, createSeededRandom } from '../../support/seeded-random.js';

const names = Array.from({ length: 25 }, (_, index) => `name ${String(index)}`);

interface Delivery {
  readonly worker: Replicator;
  readonly message: string;
}

/** Writes or deletes one of the names, and gives the event of it. */
function change(world: ReplicationWorld, random: SeededRandom, step: number): Record<string, unknown> {
  const source = world.account('a');
  const key = random.pick(names);
  if (random.chance(0.3)) {
    source.remove('data', key);
    return eventOf(key, { type: 'BlobDeleted', data: { api: 'DeleteBlob' } });
  }
  const md5 = random.chance(0.3) ? { md5: 'none' } : {};
  const eTag = source.put('data', key, { content: `content ${String(step)}`, ...md5 });
  return eventOf(key, { data: { eTag, contentLength: 10, blobType: 'BlockBlob' } });
}

/** One round of changes on few names: messages twice, out of order, at two workers at once, in bad weather. */
async function play(seed: number): Promise<ReplicationWorld> {
  const random = createSeededRandom(seed);
  const world = createReplicationWorld([
    ruleOf({ targets: ['b', 'c'].map((account) => ({ account, container: 'data', prefix: '' })) }),
  ]);
  const workers = [world.replicator, world.anotherReplicator()];
  const waiting: Delivery[] = [];
  const running: Promise<unknown>[] = [];
  const deliver = (): void => {
    const [next] = waiting.splice(random.between(0, waiting.length - 1), 1);
    if (next !== undefined) running.push(next.worker.handle(next.message));
  };
  for (let step = 0; step < 400; step += 1) {
    const event = change(world, random, step);
    for (let copies = random.chance(0.1) ? 2 : 1; copies > 0; copies -= 1) {
      waiting.push({ worker: random.pick(workers), message: messageOf(event) });
    }
    if (random.chance(0.05)) world.cloud.fault({ on: 'copyFrom', error: throttled() });
    if (random.chance(0.05)) world.cloud.fault({ on: 'copyFrom', lostReply: true });
    if (random.chance(0.7)) deliver();
    if (random.chance(0.2)) await Promise.all(running.splice(0));
    if (random.chance(0.1)) world.clock.advance(1000);
  }
  while (waiting.length > 0) deliver();
  await Promise.all(running);
  for (let round = 0; world.state.names('replication/pending/').length > 0 && round < 20; round += 1) {
    world.clock.advance(60 * 60_000);
    await performDue(world.replicator, world.services, Infinity);
  }
  return world;
}

function contentOf(world: ReplicationWorld, account: string): Record<string, string | undefined> {
  const keys = world.account(account).keys('data');
  return Object.fromEntries(
    keys.map((key) => [key, world.account(account).object('data', key)?.content[0]?.of]),
  );
}

describe('replication of few names that change all the time', () => {
  it.each(Array.from({ length: 20 }, (_, seed) => seed + 1))('converges, seed %i', async (seed) => {
    const world = await play(seed);
    expect(contentOf(world, 'b')).toEqual(contentOf(world, 'a'));
    expect(contentOf(world, 'c')).toEqual(contentOf(world, 'a'));
    expect(world.state.names('replication/dead/')).toEqual([]);
  });
});
