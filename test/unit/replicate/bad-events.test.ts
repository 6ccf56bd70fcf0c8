import { describe, expect, it } from 'vitest';
import {
  content,
  createReplicationWorld,
  eventOf,
  messageOf,
  written,
} from '../../support/replication-world.js';
import type { EventOptions } from '../../support/replication-world.js';

type Schema = 'grid' | 'cloud';
type Make = (schema: Schema) => unknown;

const schemas = ['grid', 'cloud'] as const;
const refused = 'replication/refused/';

/** The event of an object, with parts of its envelope replaced, in base64 as Event Grid puts it into a queue. */
function event(options: EventOptions = {}, envelope: object = {}): Make {
  return (schema) => messageOf({ ...eventOf('x', { ...options, schema }), ...envelope });
}

function without(...properties: readonly [grid: string, cloud: string]): Make {
  return (schema) => event({}, { [properties[schema === 'grid' ? 0 : 1]]: undefined })(schema);
}

const subject = (text: string): object => ({ subject: text });

/** What it is, why it is refused, and how it is made. What may have been a change is kept, the rest only logged. */
const cases: readonly (readonly [what: string, reason: string, make: Make])[] = [
  ['is cut off', 'malformed', (schema) => JSON.stringify(eventOf('x', { schema })).slice(0, -20)],
  ['is cut off in base64', 'malformed', (schema) => String(event()(schema)).slice(0, 90)],
  ['lacks its id', 'malformed', without('id', 'id')],
  ['lacks its type', 'malformed', without('eventType', 'type')],
  ['lacks its time', 'malformed', without('eventTime', 'time')],
  ['lacks its version', 'malformed', without('dataVersion', 'specversion')],
  ['lacks its subject', 'malformed', without('subject', 'subject')],
  ['lacks its data', 'malformed', without('data', 'data')],
  ['has a time that is none', 'malformed', event({ time: 'yesterday' })],
  ['has a subject without a blob', 'malformed', event({}, subject('/blobServices/default/containers/data'))],
  ['has a subject of a queue', 'malformed', event({}, subject('/queueServices/default/queues/data'))],
  ['has a list as data', 'malformed', event({}, { data: [] })],
  ['has a negative length', 'malformed', event({ data: { contentLength: '-1' } })],
  ['has no URL', 'malformed', event({ data: { url: undefined } })],
  ['has a number as sequencer', 'malformed', event({ data: { sequencer: 12 } })],
  ['is a rename without a former name', 'malformed', event({ type: 'BlobRenamed' })],
  ['is in a list of lists', 'malformed', (schema) => messageOf([[eventOf('x', { schema })]])],
  ['is over 1 MiB', 'oversized', event({ data: { filler: 'x'.repeat(2 ** 20) } })],
  ['is over 2 MiB', 'oversized', event({ data: { filler: 'x'.repeat(2 ** 21) } })],
  ['comes from another topic', 'foreign-account', event({ account: 'stranger' })],
  [
    'comes from a topic whose name begins alike',
    'foreign-account',
    event({ data: { url: 'https://a.blob.core.windows.net.evil.example/data/x' } }),
  ],
  ['is of a type without a change', 'other-type', event({ type: 'BlobInventoryPolicyCompleted' })],
  ['is of a type that nobody knows', 'other-type', event({ type: 'BlobTeleported' })],
  ['has a type of other letters', 'other-type', event({ type: '🦄\n"'.repeat(100) })],
  ['is a file that is not closed', 'other-type', event({ data: { api: 'CreateFile' } })],
];

describe.each(schemas)('a message of the %s schema', (schema) => {
  it.each(cases)('that %s is taken once, as %s', async (_, reason, make) => {
    const world = createReplicationWorld();
    world.account('a').put('data', 'x');
    const message = make(schema);

    // Not thrown: it is not delivered again. The same message again leaves nothing more.
    for (let delivery = 0; delivery < 2; delivery += 1) {
      await expect(world.replicator.handle(message)).resolves.toEqual({ events: 0, refused: 1, changes: 0 });
    }

    expect(world.account('b').keys('data')).toEqual([]);
    expect(world.cloud.count()).toBe(0);
    expect(world.logged.map((line) => line.split('"detail"')[0])).toEqual(
      Array.from({ length: 2 }, () => `replication-event-refused {"reason":"${reason}",`),
    );
    const kept = world.state.names('replication/');
    expect(kept).toHaveLength(reason === 'malformed' || reason === 'oversized' ? 1 : 0);
    expect(kept.every((name) => name.startsWith(refused))).toBe(true);
    for (const name of kept) expect(world.state.text(name)?.length).toBeLessThan(70_000);

    await world.replicator.handle(messageOf(written(world, 'next')));
    expect(world.account('b').keys('data')).toEqual(['next']);
  });

  it('is kept event by event, however far behind in it the bad ones are', async () => {
    const world = createReplicationWorld();
    const good = Array.from({ length: 300 }, (_, index) => eventOf(String(index), { schema }));
    const bad = ['first', 'second'].map((id) => ({ ...eventOf('x', { schema }), id, data: 'text' }));
    const message = messageOf([...good, ...bad]);
    await expect(world.replicator.handle(message)).resolves.toMatchObject({ events: 300, refused: 2 });
    const kept = world.state.names(refused).map((name) => world.state.text(name) ?? '');
    expect(kept).toHaveLength(2);
    for (const id of ['first', 'second']) expect(kept.some((text) => text.includes(id))).toBe(true);
  });

  it.each([
    ['of no letters', ''],
    ['of one letter', 'f'],
    ['of half the length', 'f'.repeat(16)],
    ['half as long again', 'f'.repeat(48)],
    ['of a thousand letters', 'f'.repeat(1000)],
    ['that is not hexadecimal', 'z'.repeat(32)],
    ['that is missing', undefined],
  ])('with a sequencer %s is followed, and hides no later event', async (_, sequencer) => {
    const world = createReplicationWorld();
    for (const [version, data] of [{}, { sequencer }, {}, { sequencer }].entries()) {
      const text = `version ${String(version)}`;
      world.account('a').put('data', 'x', { content: text });
      const told = eventOf('x', { schema, data });
      await expect(world.replicator.handle(messageOf(told))).resolves.toMatchObject({
        events: 1,
        refused: 0,
      });
      expect(content(world, 'b', 'x')).toBe(text);
    }
  });
});
