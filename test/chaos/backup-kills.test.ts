import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FaultRule, FaultStatus } from '../../src/localhost/cloud/faults.js';
import type { DemoContainer } from '../../src/localhost/demo/account.js';
import { BackupRig, type Point } from '../support/backup-rig.js';
import { brokenCounts } from '../support/chaos-local.js';
import { LocalRig, numbered } from '../support/local-rig.js';
import { nextSecond } from '../support/next-second.js';
import { createSeededRandom } from '../support/seeded-random.js';
import { until } from '../support/until.js';

const seed = Number(process.env['TRANSHIP_CHAOS_SEED'] ?? '1');
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
  /** Jobs whose events have been accepted. */
  const heard: string[] = [];
  /** Called with the job of an event instead of an answer. */
  let hangUp: ((job: string) => void) | undefined;
  const webhook = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      const { job } = (JSON.parse(text) as { data: { job: string } }).data;
      if (hangUp !== undefined) {
        hangUp(job);
        return;
      }
      heard.push(job);
      response.writeHead(204).end();
    });
  });
  let rig: LocalRig;
  let backups: BackupRig;
  let source: DemoContainer;
  /** What the source held at each backup, by the backup's id. */
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
    await rig.fill(source, numbered(24));
    const places = {
      source: `${rig.url('source', 'live')}/`,
      destination: `${rig.url('target', 'backups')}/`,
    };
    const template = '{policy}/{yyyy}{MM}{dd}{HH}{mm}{ss}';
    const retention = { keepLast: 1 };
    await backups.save('killed', places, { mode: 'incremental', fullEvery: 2, template, retention });
  });
  afterAll(async () => {
    webhook.closeAllConnections();
    webhook.close();
    await rig.stop();
  });

  /** Changes the source, and makes a backup as far as its job goes. Resolves with its id. */
  async function begin(): Promise<string> {
    // Names of folders have whole seconds.
    await nextSecond();
    const names = [...(await rig.list(source)).keys()];
    const changed = names.filter(() => random.chance(0.2));
    const added = `new ${String(random.between(0, 1e9))}`;
    await rig.fill(source, [...changed, added], (name) => `${name} ${String(random.next())}`);
    const content = await backups.contentOf(source);
    const { body } = await rig.call('POST', 'policies/killed/run');
    const job = await rig.settled(body['id'] as string);
    expect([job.status, await brokenCounts(rig, job)]).toEqual(['Completed', []]);
    history.set(job.id, content);
    return job.id;
  }

  async function dieAndRise(): Promise<void> {
    await rig.local.killHost('SIGKILL');
    await rig.admin('DELETE', 'faults');
    await rig.local.startHost();
  }

  /** Kills the host while the cloud holds up the first request of a kind that is sent after this call. */
  async function killAt(rule: FaultRule, goOn: () => Promise<unknown>): Promise<void> {
    await rig.admin('POST', 'faults', { ...rule, delayMs: 60_000, times: 1 });
    await until(`${JSON.stringify(rule)} is held up`, async () => {
      await goOn();
      const { rules } = (await rig.admin('GET', 'faults')) as { readonly rules: readonly FaultStatus[] };
      return rules.some(({ applied }) => applied > 0);
    });
    await dieAndRise();
  }

  const atRest = (points: readonly Point[]): boolean => points.every(({ status }) => status === 'good');

  /** What is good can be brought back, byte for byte, the first by a host that is killed at it. */
  async function expectRestorable(points: readonly Point[], place: string): Promise<void> {
    for (const [index, { id }] of points.entries()) {
      const name = `${place}-${String(index)}`;
      const container = await rig.container('target', name);
      const rule = { container: name, operation: 'PutBlobFromUrl', skip: random.between(0, 20) };
      const destination = `${rig.url('target', name)}/`;
      let job = '';
      const begun = async (): Promise<void> => {
        const { body } = await rig.call('POST', 'policies/killed/restore', { point: id, destination });
        job = body['id'] as string;
      };
      if (index > 0) await begun();
      else await killAt(rule, async () => (job === '' ? begun() : undefined));
      const restored = await rig.settled(job);
      expect([restored.status, await brokenCounts(rig, restored)]).toEqual(['Completed', []]);
      expect(await backups.contentOf(container)).toEqual(history.get(id));
    }
  }

  it('are absent or whole, whatever the moment', async () => {
    await begin();
    await backups.pointsWhen('killed', atRest);
    for (let round = 0; round < rounds; round += 1) {
      for (const [when, rule] of moments) {
        const newest = await begin();
        await killAt(rule, () => backups.tick());
        const points = await backups.pointsWhen('killed', atRest);
        expect(
          points.map(({ id }) => id),
          when,
        ).toContain(newest);
        const wanted = points.map(({ id }) => [id, history.get(id)?.size]);
        expect(
          points.map(({ id, objects }) => [id, objects]),
          when,
        ).toEqual(wanted);
      }
      await expectRestorable(await backups.points('killed'), `back${String(round)}`);
    }
  }, 600_000);

  it('have their events sent, though the host is killed before it hears that one has arrived', async () => {
    const refused = new Promise<string>((resolve) => {
      hangUp = resolve;
    });
    const last = await begin();
    await backups.tick('supervise');
    const unsure = await refused;
    hangUp = undefined;
    heard.length = 0;
    await dieAndRise();
    await until('every event has been sent', async () => {
      await backups.tick('supervise');
      return [unsure, last].every((job) => heard.includes(job));
    });
  });
});
