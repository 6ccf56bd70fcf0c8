import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalRig, numbered, objectBytes, tally } from '../support/local-rig.js';

/** Unpacks by the directory at the archive's end, as every tool does. */
function unpack(archive: Buffer, folder: string): void {
  const end = archive.lastIndexOf(Buffer.from('PK\u0005\u0006', 'latin1'));
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    const nameLength = archive.readUInt16LE(at + 28);
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
    const local = archive.readUInt32LE(at + 42);
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const packed = archive.subarray(start, start + archive.readUInt32LE(at + 20));
    writeFileSync(join(folder, name), inflateRawSync(packed));
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
}

/** Objects of the main job. */
const count = 5200;

describe('the bundle that is deployed', () => {
  const root = mkdtempSync(join(tmpdir(), 'tranship-bundle-'));
  const app = join(root, 'app');
  let rig: LocalRig;
  let running: LocalRig | undefined;

  beforeAll(async () => {
    execFileSync(process.execPath, ['scripts/bundle.mjs', join(root, 'built')], { stdio: 'ignore' });
    mkdirSync(app);
    unpack(readFileSync(join(root, 'built.zip')), app);
    rig = await LocalRig.start({}, { appDirectory: app });
    running = rig;
  });
  afterAll(async () => {
    await running?.stop();
    rmSync(root, { recursive: true, force: true });
  });

  it('is three files, small enough to start quickly', () => {
    expect(readdirSync(app).sort()).toEqual(['host.json', 'index.cjs', 'package.json']);
    const sizeBytes = statSync(join(app, 'index.cjs')).size;
    console.info(
      `index.cjs ${String(sizeBytes)} bytes, archive ${String(statSync(join(root, 'built.zip')).size)}`,
    );
    expect(sizeBytes).toBeLessThan(6e6);
  });

  it('runs the main job, a second one that finds nothing to do, and a mirror', async () => {
    const [from, to] = await Promise.all([
      rig.container('source', 'packed'),
      rig.container('target', 'packed'),
    ]);
    const names = numbered(count);
    const headers = { blobContentType: 'text/x-tranship', blobCacheControl: 'no-store' };
    await rig.fill(from, names, (name) => name, {
      metadata: { Owner: 'Somebody' },
      blobHTTPHeaders: headers,
    });
    await rig.fill(to, ['stranger']);
    const request = { source: rig.url('source', 'packed'), destination: rig.url('target', 'packed') };
    await rig.clearJournal();
    const startedAt = performance.now();
    const first = await rig.run(request);
    console.info(`${String(count)} objects in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
    expect(first.status).toBe('Completed');
    expect(first.counts).toMatchObject({ planned: count, copied: count, failed: 0 });
    const entries = await rig.requests();
    expect(tally(entries, 'target')['PutBlobFromUrl']).toBe(count);
    expect(objectBytes(entries)).toBe(0);
    expect((await rig.run(request)).counts).toMatchObject({ copied: 0, skipped: count });
    const mirror = await rig.run({ ...request, mirror: true });
    expect(mirror.counts).toMatchObject({ copied: 0, deleted: 1 });
    const listed = await rig.list(to);
    expect([...listed.keys()]).toEqual(names);
    expect(listed.get(names[0] ?? '')).toMatchObject({ metadata: { Owner: 'Somebody' } });
  });

  it('serves within seconds of the start of its process', async () => {
    const tookMs: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      await rig.local.killHost('SIGKILL');
      const startedAt = performance.now();
      await rig.local.startHost();
      expect((await rig.call('GET', 'health')).status).toBe(200);
      tookMs.push(Math.round(performance.now() - startedAt));
    }
    console.info(`cold starts, process to ready: ${tookMs.join(', ')} ms`);
    expect(Math.min(...tookMs)).toBeLessThan(10_000);
  });
});
