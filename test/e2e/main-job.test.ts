import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostAccount } from '../../src/localhost/app-environment.js';
import type { DemoContainer } from '../../src/localhost/demo/account.js';
import { LocalRig, numbered, objectBytes, stateRequests, tally } from '../support/local-rig.js';

let rig: LocalRig;
beforeAll(async () => {
  rig = await LocalRig.start({ TRANSHIP_PURGE_AFTER_DAYS: '0' });
});
afterAll(() => rig.stop());

const count = 5200;
/** What goes from the source after the first run. */
const gone = numbered(count).slice(-4);

describe('a job over 5,200 objects', () => {
  let from: DemoContainer;
  let to: DemoContainer;
  const request = () => ({ source: rig.url('source', 'main'), destination: rig.url('target', 'main') });

  beforeAll(async () => {
    from = await rig.container('source', 'main');
    to = await rig.container('target', 'main');
    await rig.fill(from, numbered(count), (name) => name, {
      metadata: { Owner: 'Somebody', lower: 'x' },
      blobHTTPHeaders: { blobContentType: 'text/x-tranship', blobCacheControl: 'no-store' },
    });
  });

  it('G14: copies all with one request each, the lists, and no byte through the app', async () => {
    await rig.clearJournal();
    const id = await rig.startJob(request());
    const job = await rig.settled(id);
    expect(job.status).toBe('Completed');
    expect(job.counts).toEqual({
      planned: count,
      copied: count,
      skipped: 0,
      deleted: 0,
      failed: 0,
      conflicts: 0,
      notAttempted: 0,
    });
    const entries = await rig.requests();
    const pages = Math.ceil(count / 5000);
    const at = { source: tally(entries, 'source'), target: tally(entries, 'target') };
    expect(at.target['PutBlobFromUrl']).toBe(count);
    expect(at.source['ListBlobs']).toBe(pages);
    const total = entries.filter((entry) => entry.account !== hostAccount).length;
    expect(total).toBeLessThanOrEqual(count + pages + 1 + 5);
    expect(objectBytes(entries)).toBe(0);
    const segments = pages + 1;
    const lanes = 32;
    const seconds = (Date.parse(job.finishedAt ?? '') - Date.parse(job.startedAt ?? '')) / 1000;
    const state = stateRequests(entries, id);
    console.info('state requests', state.length, tally(state, hostAccount), 'seconds', seconds, at);
    expect(state.length).toBeLessThanOrEqual(30 + 8 * segments + lanes * Math.ceil(seconds / 10));
  });

  it('leaves names, sizes, MD5, properties and metadata with their case equal on both sides', async () => {
    const [source, target] = await Promise.all([rig.list(from), rig.list(to)]);
    expect([...target.keys()]).toEqual([...source.keys()]);
    for (const [name, item] of source) {
      const copy = target.get(name);
      expect(copy?.metadata).toEqual(item.metadata);
      expect(copy?.properties.contentLength).toBe(item.properties.contentLength);
      expect(copy?.properties.contentMD5).toEqual(item.properties.contentMD5);
      expect(copy?.properties.contentType).toBe('text/x-tranship');
      expect(copy?.properties.cacheControl).toBe('no-store');
    }
    expect(target.get(numbered(1)[0] ?? '')?.metadata).toEqual({ Owner: 'Somebody', lower: 'x' });
  });

  it('copies and deletes nothing when it is run again: two lists a page and at most six requests more', async () => {
    for (const name of gone) await from.blob(name).delete();
    await rig.clearJournal();
    const job = await rig.run(request());
    const left = count - gone.length;
    expect(job.counts).toMatchObject({ planned: left, skipped: left, copied: 0, deleted: 0 });
    const entries = await rig.requests();
    const total = entries.filter((entry) => entry.account !== hostAccount).length;
    expect(total).toBeLessThanOrEqual(2 * Math.ceil(count / 5000) + 6);
  });

  it('mirrored, copies exactly what changed and came, and deletes exactly what went', async () => {
    const changed = numbered(3);
    await rig.fill(from, changed, (name) => `${name} changed`);
    await rig.fill(from, ['new/one', 'new/two']);
    const mirror = await rig.run({ ...request(), mirror: true });
    expect(mirror.status).toBe('Completed');
    expect(mirror.counts).toMatchObject({ copied: 5, deleted: 4, skipped: count - 3 - 4 });
    const [source, target] = await Promise.all([rig.list(from), rig.list(to)]);
    expect([...target.keys()]).toEqual([...source.keys()]);
  });
});

describe('small jobs', () => {
  it.each([10, 0])('a job of %i objects is Completed within five seconds of its POST', async (objects) => {
    const name = `small${String(objects)}`;
    const from = await rig.container('source', name);
    await rig.container('target', name);
    await rig.fill(from, numbered(objects));
    const startedAt = performance.now();
    const job = await rig.run({ source: rig.url('source', name), destination: rig.url('target', name) });
    const tookMs = performance.now() - startedAt;
    expect(job.status).toBe('Completed');
    expect(job.counts.copied).toBe(objects);
    console.info(`${String(objects)} objects: Completed after ${tookMs.toFixed(0)} ms`);
    expect(tookMs).toBeLessThan(5000);
  });
});

describe('a job that has ended', () => {
  /** What the task hub knows of it: its run, and the lanes under it. */
  async function instancesOf(id: string): Promise<readonly string[]> {
    const { apiUrl } = rig.local.localJson;
    const path = `runtime/webhooks/durabletask/instances?instanceIdPrefix=${id}`;
    const found = (await (await fetch(`${apiUrl}/${path}`)).json()) as readonly { instanceId: string }[];
    return found.map(({ instanceId }) => instanceId);
  }

  it('is forgotten by the task hub at the next purge, and by nobody else', async () => {
    const name = 'purged';
    const [from] = await Promise.all([rig.container('source', name), rig.container('target', name)]);
    await rig.fill(from, numbered(3));
    const places = { source: rig.url('source', name), destination: rig.url('target', name) };
    const before = await rig.run(places);
    expect(await instancesOf(before.id)).toContain(`${before.id}.r1`);
    // The run ends a moment after its job.
    const left = async (): Promise<readonly string[]> => {
      const { apiUrl } = rig.local.localJson;
      expect((await fetch(`${apiUrl}/admin/functions/purge`, { method: 'POST' })).status).toBe(202);
      return instancesOf(before.id);
    };
    await expect.poll(left, { timeout: 30_000 }).toEqual([]);
    const { status, counts } = before;
    expect(await rig.job(before.id)).toMatchObject({ status, counts });
    expect(await rig.report(before.id)).toHaveLength(3);
    expect((await rig.run(places)).counts).toMatchObject({ planned: 3, skipped: 3 });
  });
});
