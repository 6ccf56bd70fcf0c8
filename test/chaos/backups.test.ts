import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FaultRule, FaultStatus } from '../../src/localhost/cloud/faults.js';
import type { DemoContainer } from '../../src/localhost/demo/account.js';
import { BackupRig, type Point } from '../support/backup-rig.js';
import { brokenCounts } from '../support/chaos-local.js';
import { LocalRig, numbered } from '../support/local-rig.js';
import { createBackupWorld } from '../support/backup-world.js';
import { HostDied } from '../support/schedule-world.js';
import { createSeededRandom } from '../support/seeded-random.js';

const minuteMs = 60_000;
const seed = Number(process.env['TRANSHIP_CHAOS_SEED'] ?? '1');

function rethrowUnlessDead(error: unknown): void {
  if (!(error instanceof HostDied)) throw error;
}

/** Hours of backups that change, are kept and removed, while the hosts that look after them die at seeded requests. */
async function live(hours: number, rounds: number) {
  const random = createSeededRandom(rounds);
  const backups = await createBackupWorld({ retention: { keepLast: 3, minimumAgeDays: 0 } });
  const { world } = backups;
  const host = world.host();
  const faults: string[] = [];
  let deaths = 0;
  const kept = new Set<string>();
  for (let minute = 0; minute < hours * 60; minute += 5) {
    world.clock.advance(5 * minuteMs);
    if (random.chance(0.4)) backups.change(random);
    await world.work();
    if (random.chance(0.5)) host.dieAfter(random.between(1, 30), random.pick(['before', 'after']));
    await host.look().catch(rethrowUnlessDead);
    if (host.isDead) {
      deaths += 1;
      faults.push(...(await backups.faults()));
    }
    host.restart();
    for (const { id, status } of await backups.points()) if (status === 'good') kept.add(id);
  }
  for (let more = 0; more < 200; more += 1) {
    world.clock.advance(minuteMs);
    await world.work();
    await host.look();
    const points = await backups.points();
    if (more > 30 && points.every(({ status }) => status === 'good')) break;
  }
  return { backups, world, faults: [...faults, ...(await backups.faults())], deaths, good: kept.size };
}

describe('backups whose hosts die at any request', () => {
  // The first three find a removal that begins with the oldest.
  it.each([...new Set([9, 11, 12, seed])])(
    'are good only when they are whole, and lose nothing that one that stays needs (seed %i)',
    async (round) => {
      const { backups, world, faults, deaths, good } = await live(30, round);
      expect(faults).toEqual([]);
      const points = await backups.points();
      expect(points.filter(({ status }) => status !== 'good')).toEqual([]);
      // Three, and what the oldest of them needs.
      expect(points.length).toBeGreaterThanOrEqual(3);
      expect(points.length).toBeLessThanOrEqual(3 + 4);
      expect(good).toBeGreaterThan(20);
      const made = world.started.filter(({ spec }) => spec.backup?.kind === 'incremental');
      expect(new Set(made.map(({ policy }) => policy?.dueAt)).size).toBe(made.length);
      const folders = new Set(
        backups.cloud
          .account('target')
          .keys('copy')
          .map((key) => key.split('/').slice(0, 3).join('/') + '/'),
      );
      // Nothing is left behind of what was removed.
      for (const folder of folders) expect(points.map(({ place }) => place.prefix)).toContain(folder);
      expect(deaths).toBeGreaterThan(40);
      console.info(`${String(good)} good backups, ${String(deaths)} hosts died (seed ${String(round)})`);
    },
  );
});

/** Each moment, so many times. */
const rounds = Number(process.env['TRANSHIP_CHAOS_BACKUPS'] ?? '1');

/**
 * Where a backup is when the host is killed: the request that is held up meanwhile, armed when its job has ended. Every
 * second one holds everything, so that the two before it are removed.
 */
const moments: readonly (readonly [when: string, rule: FaultRule])[] = [
  ['before its manifest', { container: 'tranship', operation: 'PutBlob', path: 'manifests' }],
  ['before a removal is recorded', { container: 'tranship', operation: 'PutBlob', path: 'record\\.json' }],
  ['after its manifest, before it is good', { container: 'tranship', operation: 'PutBlob', path: 'points' }],
  ['after the plan of a removal, at a delete', { container: 'backups', operation: 'DeleteBlob' }],
];

describe(`backups on the real host, killed ${String(rounds)} times at each moment (seed ${String(seed)})`, () => {
  const random = createSeededRandom(seed);
  /** Jobs whose events have been accepted, once for each time; the first of a round is not answered. */
  const heard: string[] = [];
  let refuse: (() => void) | undefined;
  const webhook = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      if (refuse !== undefined) {
        refuse();
        request.socket.destroy();
        return;
      }
      heard.push((JSON.parse(text) as { data: { job: string } }).data.job);
      response.writeHead(204).end();
    });
  });
  let rig: LocalRig;
  let backups: BackupRig;
  let source: DemoContainer;
  const history = new Map<string, ReadonlyMap<string, string>>();

  beforeAll(async () => {
    await new Promise<void>((resolve) => {
      webhook.listen(0, '127.0.0.1', resolve);
    });
    const { port } = webhook.address() as AddressInfo;
    rig = await LocalRig.start({
      TRANSHIP_COMPLETION_WEBHOOK: `http://127.0.0.1:${String(port)}/`,
      TRANSHIP_DEAD_AFTER_MS: '2000',
    });
    backups = new BackupRig(rig);
    await rig.container('target', 'backups');
    source = await rig.container('source', 'live');
    await rig.fill(source, numbered(40));
    const places = {
      source: `${rig.url('source', 'live')}/`,
      destination: `${rig.url('target', 'backups')}/`,
    };
    const template = '{policy}/{yyyy}{MM}{dd}{HH}{mm}{ss}';
    await backups.save('killed', places, {
      mode: 'incremental',
      fullEvery: 2,
      template,
      retention: { keepLast: 1 },
    });
  });
  afterAll(async () => {
    await rig.stop();
    webhook.close();
  });

  async function contentOf(container: DemoContainer): Promise<ReadonlyMap<string, string>> {
    const names = [...(await rig.list(container)).keys()];
    const read = async (name: string) =>
      [name, (await container.blob(name).downloadToBuffer()).toString()] as const;
    return new Map(await Promise.all(names.map(read)));
  }

  /** Changes the source, and makes a backup as far as its job goes. */
  async function begin(): Promise<void> {
    const names = [...(await rig.list(source)).keys()];
    const changed = names.filter(() => random.chance(0.2));
    await rig.fill(
      source,
      [...changed, `new ${String(random.between(0, 1e9))}`],
      (name) => `${name} ${String(random.next())}`,
    );
    const content = await contentOf(source);
    // Names of folders have whole seconds.
    await sleep(1100);
    const { body } = await rig.call('POST', 'policies/killed/run');
    const job = await rig.settled(body['id'] as string);
    expect([job.status, await brokenCounts(rig, job)]).toEqual(['Completed', []]);
    history.set(job.id, content);
  }

  async function dieAndRise(): Promise<void> {
    await rig.local.killHost('SIGKILL');
    await rig.admin('DELETE', 'faults');
    await rig.local.startHost();
  }

  /** Kills the host while the cloud holds up a request. */
  async function killAt(rule: FaultRule, begun: () => Promise<unknown>): Promise<void> {
    await rig.admin('POST', 'faults', { ...rule, delayMs: 20_000, times: 1 });
    for (const deadline = Date.now() + 30_000; ;) {
      await sleep(100);
      await begun();
      const { rules } = (await rig.admin('GET', 'faults')) as { readonly rules: readonly FaultStatus[] };
      if (rules.some(({ applied }) => applied > 0)) break;
      expect(Date.now(), JSON.stringify(rule)).toBeLessThan(deadline);
    }
    await dieAndRise();
  }

  const atRest = (points: readonly Point[]): boolean => points.every(({ status }) => status === 'good');

  /** What is good can be brought back, byte for byte, also by a host that is killed at it. */
  async function expectRestorable(points: readonly Point[], place: string): Promise<void> {
    for (const [index, point] of points.entries()) {
      const name = `${place}-${String(index)}`;
      const container = await rig.container('target', name);
      const destination = `${rig.url('target', name)}/`;
      const { body } = await rig.call('POST', 'policies/killed/restore', { point: point.id, destination });
      const rule = { container: name, operation: 'PutBlobFromUrl', skip: random.between(0, 30) };
      if (index === 0) await killAt(rule, () => Promise.resolve());
      const job = await rig.settled(body['id'] as string);
      expect([job.status, await brokenCounts(rig, job)]).toEqual(['Completed', []]);
      expect(await contentOf(container)).toEqual(history.get(point.id));
    }
  }

  it('are absent or whole, whatever the moment', async () => {
    await begin();
    await backups.pointsWhen('killed', atRest);
    for (let round = 0; round < rounds; round += 1) {
      for (const [when, rule] of moments) {
        await begin();
        await killAt(rule, () => backups.tick());
        const points = await backups.pointsWhen('killed', atRest);
        expect(points.length, when).toBeGreaterThan(0);
        expect(points.map(({ id, objects }) => objects === history.get(id)?.size)).toEqual(
          points.map(() => true),
        );
      }
      await expectRestorable(await backups.points('killed'), `back${String(round)}`);
    }
  }, 600_000);

  it('have their events sent, though the host is killed before it hears that one has arrived', async () => {
    const asked = new Promise<void>((resolve) => {
      refuse = resolve;
    });
    heard.length = 0;
    await begin();
    await backups.tick('supervise');
    await asked;
    refuse = undefined;
    await dieAndRise();
    const { body } = await rig.call('GET', 'jobs?top=200');
    const ended = (body['jobs'] as readonly { id: string }[]).map(({ id }) => id);
    const [last = ''] = [...history.keys()].slice(-1);
    expect(ended).toContain(last);
    for (const deadline = Date.now() + 75_000; !heard.includes(last);) {
      await sleep(500);
      await backups.tick('supervise');
      expect(Date.now()).toBeLessThan(deadline);
    }
  }, 120_000);
});
