import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { appRoles } from '../../src/localhost/app-environment.js';
import type { FaultStatus } from '../../src/localhost/cloud/faults.js';
import { killOften, needlessStages, untilSteps } from '../support/chaos-kills.js';
import { labelledBytes, largeObjects, stageLarge, wrongStretches } from '../support/chaos-large.js';
import {
  SegmentEye,
  brokenCounts,
  damageTaskHub,
  deleteTaskHub,
  fillPair,
  planFaultRules,
  supervise,
  unequalNames,
} from '../support/chaos-local.js';
import { LocalRig } from '../support/local-rig.js';
import { createSeededRandom } from '../support/seeded-random.js';

/** `npm run test:chaos -- --kills 40 --seed 7` sets both. */
const kills = Number(process.env['TRANSHIP_CHAOS_KILLS'] ?? '6');
/** Large objects too: minutes. */
const isLong = kills >= 10;
const seed = Number(process.env['TRANSHIP_CHAOS_SEED'] ?? '1');
const random = createSeededRandom(seed);
const again = `seed ${String(seed)}: npm run test:chaos -- --kills ${String(kills)} --seed ${String(seed)}`;

let rig: LocalRig;
beforeAll(async () => {
  rig = await LocalRig.start({
    TRANSHIP_SLICE_MS: '500',
    TRANSHIP_SLICE_ABORT_MS: '10000',
    TRANSHIP_DEAD_AFTER_MS: '2000',
  });
});
afterEach(async () => {
  await rig.admin('DELETE', 'faults');
});
afterAll(() => rig.stop());

/** Makes every small copy take its time, so that there is a job to interrupt. */
function slowDown(container: string): Promise<unknown> {
  return rig.admin('POST', 'faults', { container, operation: 'PutBlobFromUrl', delayMs: 25 });
}

describe(again, () => {
  it('G3, G15: the host is killed again and again, and the job completes by itself with everything once', async () => {
    const large = isLong ? largeObjects : [];
    const inBlocks = 4;
    const small = isLong ? 600 : 200;
    const pair = await fillPair(rig, 'kills', {
      small,
      inBlocks,
      ...(isLong ? { blockBytes: labelledBytes } : {}),
    });
    for (const object of large) await stageLarge(pair.from, object);
    const planned = small + inBlocks + large.length;
    const blocks = 6 * inBlocks + large.reduce((sum, object) => sum + object.blocks, 0);
    // Lists that take longer than a slice: the plan comes in many segments.
    await rig.admin('POST', 'faults', {
      container: 'kills',
      operation: 'ListBlobs',
      delayMs: 600,
      times: 16,
    });
    await rig.clearJournal();
    const id = await rig.startJob(pair.request);
    const eye = new SegmentEye(rig, id);
    const killed = await killOften(rig, random, {
      kills,
      container: 'kills',
      steps: planned + blocks,
      whileDown: () => eye.look(),
    });
    const job = await rig.settled(id, 240_000);
    expect(job.status).toBe('Completed');
    expect(killed).toHaveLength(kills);
    expect(job.counts).toMatchObject({ copied: planned, planned, conflicts: 0, failed: 0 });
    expect(await brokenCounts(rig, job)).toEqual([]);
    expect(await unequalNames(rig, pair)).toEqual([]);
    const segments = await eye.look();
    expect(segments).toBeGreaterThan(1);
    expect(eye.changed).toEqual([]);
    for (const object of large) expect(await wrongStretches(pair.to, object)).toEqual([]);
    const requests = await rig.requests();
    const stages = requests.filter(
      ({ operation, status }) => operation === 'PutBlockFromUrl' && status === 201,
    );
    expect(stages.length).toBeGreaterThanOrEqual(blocks);
    const blocksOf = new Map(large.map((object) => [object.name, object.blocks]));
    const expected = {
      container: 'kills',
      blocks: (blob: string) => blocksOf.get(blob) ?? 6,
      inFlight: pair.request.maxInFlight,
    };
    expect(needlessStages(requests, killed, expected)).toEqual([]);
    if (isLong) {
      const again = stages.length - blocks;
      console.info(
        JSON.stringify({ seed, planned, segments, blocks, again, steps: killed.map((kill) => kill.steps) }),
      );
    }
  }, 900_000);

  it('G5: every fault that passes is borne, over HTTP as it comes', async () => {
    const pair = await fillPair(rig, 'faults', { small: 100, inBlocks: 2 });
    await rig.admin('POST', 'faults', planFaultRules(random.fork(), 'faults'));
    const job = await rig.run(pair.request);
    const { rules } = (await rig.admin('GET', 'faults')) as { readonly rules: readonly FaultStatus[] };
    expect(rules.filter(({ applied }) => applied === 0)).toEqual([]);
    expect(job.counts).toMatchObject({ planned: 102, copied: 102, failed: 0, conflicts: 0 });
    expect(await brokenCounts(rig, job)).toEqual([]);
    expect(await unequalNames(rig, pair)).toEqual([]);
  });

  it('G4: one object that is refused for good fails alone, with its reason, and the others are copied', async () => {
    const pair = await fillPair(rig, 'poison', { small: 60, inBlocks: 1 });
    const [poisoned = ''] = pair.small.slice(random.between(0, 59));
    const code = 'AuthorizationPermissionMismatch';
    await rig.admin('POST', 'faults', {
      operation: 'PutBlobFromUrl',
      path: `${encodeURIComponent(poisoned)}$|${poisoned}$`,
      status: 403,
      code,
    });
    const job = await rig.run(pair.request);
    expect(job.status).toBe('CompletedWithErrors');
    expect(job.counts).toMatchObject({ planned: 61, copied: 60, failed: 1, notAttempted: 0 });
    expect(await rig.report(job.id, 'failed')).toMatchObject([
      { key: poisoned, advice: expect.any(String) as string },
    ]);
  });

  it('tokens that expire every few seconds are replaced', async () => {
    await rig.admin('PUT', 'identity', { tokenLifetimeSeconds: 2 });
    await rig.local.killHost('SIGKILL');
    await rig.local.startHost();
    const pair = await fillPair(rig, 'tokens', { small: 250, inBlocks: 1 });
    await slowDown('tokens');
    const job = await rig.run(pair.request);
    await rig.admin('PUT', 'identity', { tokenLifetimeSeconds: 86_400 });
    expect(job.counts).toMatchObject({ planned: 251, copied: 251, failed: 0 });
    expect(await unequalNames(rig, pair)).toEqual([]);
  });

  it.each(['source', 'target'])(
    'G15: a role at the %s that is removed halfway ends the job with true counts; given back, a retry does the rest',
    async (account) => {
      const pair = await fillPair(rig, `roles${account}`, { small: 150, inBlocks: 1 });
      await slowDown(`roles${account}`);
      const id = await rig.startJob(pair.request);
      await untilSteps(rig, `roles${account}`, random.between(10, 80));
      await rig.admin(
        'PUT',
        'roles',
        appRoles.filter((role) => role.account !== account),
      );
      const job = await rig.settled(id);
      await rig.admin('PUT', 'roles', appRoles);
      await rig.admin('DELETE', 'faults');
      expect(job.status).toBe('Failed');
      expect(await brokenCounts(rig, job)).toEqual([]);
      expect(job.counts.copied).toBe((await rig.list(pair.to)).size);
      const { status, body } = await rig.call('POST', `jobs/${id}/retry`);
      expect(status).toBe(202);
      const retry = await rig.settled(body['id'] as string);
      expect(retry.counts).toMatchObject({ failed: 0, conflicts: 0, notAttempted: 0 });
      expect((await rig.run(pair.request)).status).toBe('Completed');
      expect(await unequalNames(rig, pair)).toEqual([]);
    },
  );

  it('a job that is paused, loses its task hub and is resumed goes on from the state container', async () => {
    const pair = await fillPair(rig, 'hub', { small: 150, inBlocks: 1 });
    await slowDown('hub');
    const id = await rig.startJob(pair.request);
    await untilSteps(rig, 'hub', random.between(5, 120));
    expect((await rig.call('POST', `jobs/${id}/pause`)).status).toBe(202);
    await rig.local.killHost('SIGKILL');
    await rig.local.startHost();
    const paused = await rig.settled(id);
    expect(paused.status).toBe('Paused');
    const there = (await rig.list(pair.to)).size;
    await rig.clearJournal();
    await rig.local.killHost('SIGKILL');
    await deleteTaskHub(rig);
    await rig.local.startHost();
    expect((await rig.call('POST', `jobs/${id}/resume`)).status).toBe(202);
    await rig.local.killHost('SIGKILL');
    await rig.local.startHost();
    const job = await rig.settled(id);
    expect(job.counts).toMatchObject({ planned: 151, copied: 151, conflicts: 0, failed: 0 });
    expect(await unequalNames(rig, pair)).toEqual([]);
    const copies = (await rig.requests()).filter(
      ({ operation, status }) => operation === 'PutBlobFromUrl' && status === 201,
    );
    expect(copies.length).toBeLessThanOrEqual(151 - there);
  });

  it('a job that loses its task hub while it runs is found dead, and goes on from the state container', async () => {
    const pair = await fillPair(rig, 'lost', { small: 150, inBlocks: 1 });
    await slowDown('lost');
    const id = await rig.startJob(pair.request);
    await untilSteps(rig, 'lost', random.between(5, 120));
    await rig.local.killHost('SIGKILL');
    const there = (await rig.list(pair.to)).size;
    expect(there).toBeLessThan(151);
    await damageTaskHub(rig, random);
    await expect(rig.local.startHost()).rejects.toThrow(/journal\.jsonl is damaged at byte \d+/);
    await deleteTaskHub(rig);
    await rig.clearJournal();
    await rig.local.startHost();
    expect((await rig.job(id)).status).toBe('Running');
    await supervise(rig, async () => (await rig.job(id)).status !== 'Running');
    const job = await rig.settled(id);
    expect(job.counts).toMatchObject({ planned: 151, copied: 151, conflicts: 0, failed: 0 });
    expect(await brokenCounts(rig, job)).toEqual([]);
    expect(await unequalNames(rig, pair)).toEqual([]);
    const copies = (await rig.requests()).filter(
      ({ operation, status }) => operation === 'PutBlobFromUrl' && status === 201,
    );
    expect(copies.length).toBeLessThanOrEqual(151 - there);
  });

  it('a cancel right before a kill is kept, with true counts, and a retry copies the rest', async () => {
    const pair = await fillPair(rig, 'cancel', { small: 150, inBlocks: 1 });
    await slowDown('cancel');
    const id = await rig.startJob(pair.request);
    await untilSteps(rig, 'cancel', random.between(5, 120));
    expect((await rig.call('POST', `jobs/${id}/cancel`)).status).toBe(202);
    await rig.local.killHost('SIGKILL');
    await rig.local.startHost();
    const job = await rig.settled(id);
    await rig.admin('DELETE', 'faults');
    expect(job.status).toBe('Cancelled');
    expect(await brokenCounts(rig, job)).toEqual([]);
    expect(job.counts).toMatchObject({ failed: 0, conflicts: 0 });
    const retried = await rig.call('POST', `jobs/${id}/retry`);
    if (retried.status === 202) {
      await rig.local.killHost('SIGKILL');
      await rig.local.startHost();
      await rig.settled(retried.body['id'] as string);
    }
    expect((await rig.run(pair.request)).status).toBe('Completed');
    expect(await unequalNames(rig, pair)).toEqual([]);
  });

  it('a plan that is approved right before a kill is carried out once', async () => {
    const pair = await fillPair(rig, 'approve', { small: 100, inBlocks: 1 });
    await slowDown('approve');
    const id = await rig.startJob({ ...pair.request, approve: true });
    const waiting = await rig.settled(id);
    expect(waiting.status).toBe('AwaitingApproval');
    expect((await rig.list(pair.to)).size).toBe(0);
    const approval = await rig.call('POST', `jobs/${id}/approve`, { planHash: waiting.planHash });
    expect(approval.status).toBe(202);
    await untilSteps(rig, 'approve', random.between(1, 80));
    await rig.local.killHost('SIGKILL');
    await rig.local.startHost();
    const job = await rig.settled(id);
    expect(job.counts).toMatchObject({ planned: 101, copied: 101, conflicts: 0 });
    expect(await unequalNames(rig, pair)).toEqual([]);
  });
});
