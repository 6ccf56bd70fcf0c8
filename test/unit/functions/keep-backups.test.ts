import { describe, expect, it } from 'vitest';
import type { BackupRules } from '../../../src/job/backup-rules.js';
import type { JobStatus } from '../../../src/job/status.js';
import type { SegmentDraft } from '../../../src/plan/segment.js';
import { type BackupPoint, changePoint, createPoint, listPoints } from '../../../src/record/backup-points.js';
import type { Board } from '../../../src/record/board.js';
import { newBoard } from '../../../src/record/board.js';
import { claimDestination } from '../../../src/record/active.js';
import type { JobRecord } from '../../../src/record/job-record.js';
import { createJob } from '../../../src/record/jobs.js';
import { readManifestPage } from '../../../src/record/manifest.js';
import { createOutcomeFile } from '../../../src/record/outcomes.js';
import { readPolicy, writePolicy } from '../../../src/record/policies.js';
import { stateNames } from '../../../src/record/refs.js';
import { writeSegment } from '../../../src/record/segments.js';
import { days, points, shown, worldWith } from '../../support/nightly-world.js';
import type { ScheduleWorld } from '../../support/schedule-world.js';
import { schedulePolicy } from '../../support/schedule-policy.js';

const begin = '2026-01-01T00:00:00.000Z';

const draftOf = (part: Partial<SegmentDraft>): SegmentDraft => ({
  copies: [],
  large: [],
  deletes: [],
  skips: [],
  failures: [],
  listed: 1,
  destinationListed: 0,
  ...part,
});

const completed = (job: string, written: number): Board => ({
  ...newBoard(job),
  status: 'Completed',
  groups: [{ listed: true, written, copy: [], large: [], remove: [] }],
});

const ended =
  (pruned: JobStatus, made: JobStatus = 'Completed') =>
  (record: { readonly kind: string }) =>
    record.kind === 'sync' ? pruned : made;

/** A job that reads a backup, begun and not ended. */
async function startReader(world: ScheduleWorld, point: BackupPoint, restores: boolean): Promise<void> {
  const { state, clock } = world;
  const job = 'readerjob';
  const destination = { account: 'to', container: 'restored', prefix: '' };
  const { spec } = schedulePolicy('any', begin, { cron: '0 3 * * *' }).job;
  const homes = [
    { point: 'elsewhere', prefix: 'nightly/other/' },
    { point: point.id, prefix: point.place.prefix },
  ];
  const task = { kind: 'restore', policy: 'nightly', point: 'newer', homes, objects: 1 } as const;
  const location = restores ? { ...point.place, prefix: 'nightly/other/' } : point.place;
  await claimDestination(state, { job, destination, nowMs: clock.now() });
  const record: JobRecord = {
    version: 1,
    id: job,
    kind: 'copy',
    createdAt: new Date(clock.now()).toISOString(),
    requestHash: 'hash',
    source: '',
    destination: '',
    spec: {
      ...spec,
      source: { kind: 'prefix', location, base: location.prefix, recursive: true },
      destination,
      ...(restores ? { backup: task } : {}),
    },
  };
  await createJob(state, record, newBoard(job));
  await world.work();
}

describe('keepBackups', () => {
  it('keeps what the rules say and removes the rest, by one job each', async () => {
    const world = await worldWith({ retention: { keepLast: 2 } });
    await days(world, 5);
    expect(await shown(world)).toEqual(['04 good', '05 good']);
    const prunes = world.started.filter(({ kind }) => kind === 'sync');
    expect(prunes.map(({ spec }) => spec.destination.prefix)).toEqual(
      ['01', '02', '03'].map((day) => `nightly/nightly/202601${day}0300/`),
    );
    expect(prunes.every(({ spec }) => spec.backup?.kind === 'prune')).toBe(true);
  });

  it('removes the others while one cannot be removed yet, and that one at a later look', async () => {
    const world = await worldWith({ retention: { keepLast: 3 } });
    await days(world, 3);
    const version = await readPolicy(world.state, 'nightly');
    if (version?.policy.kind !== 'schedule') throw new Error('there is no policy');
    const rules = { ...version.policy.backup, retention: { keepLast: 1 } } as BackupRules;
    await writePolicy(world.state, { ...version.policy, backup: rules }, version.etag);
    const [, , third] = await points(world);
    if (third === undefined) throw new Error('there is no backup');
    // Somebody begins to write there.
    world.clock.advance(3 * 3_600_000 - 60_000);
    const claim = { job: 'writerjob', destination: third.place, nowMs: world.clock.now() };
    await claimDestination(world.state, claim);
    await days(world, 1);
    expect(await shown(world)).toEqual(['03 pruning', '04 good']);
    const trouble = {
      event: 'backup-look-failed',
      policy: 'nightly',
      job: third.id,
      error: 'destination-in-use',
    };
    expect(world.logged).toContainEqual(trouble);
    await days(world, 1);
    expect(await shown(world)).toEqual(['05 good']);
  });

  it('counts good ones alone, and removes failed ones when a good one follows', async () => {
    const world = await worldWith({ retention: { keepLast: 1 } });
    await days(world, 1);
    world.endAs = ended('Completed', 'CompletedWithErrors');
    await days(world, 2);
    expect(await shown(world)).toEqual(['01 good', '02 failed', '03 failed']);
    world.endAs = ended('Completed');
    await days(world, 1);
    expect(await shown(world)).toEqual(['04 good']);
  });

  it('reports what could not be deleted, tries again a day later, and not for ever', async () => {
    const world = await worldWith({ retention: { keepLast: 1 } });
    world.endAs = ended('CompletedWithErrors');
    await days(world, 2);
    expect(await shown(world)).toEqual(['01 stuck', '02 good']);
    await days(world, 8);
    const attempts = world.started.filter(
      ({ kind, spec }) => kind === 'sync' && spec.destination.prefix === 'nightly/nightly/202601010300/',
    );
    expect(attempts).toHaveLength(3);
    expect(new Set(attempts.map(({ id }) => id)).size).toBe(3);
    expect((await points(world))[0]).toMatchObject({ status: 'stuck', prune: { attempt: 3 } });
  });

  it('begins anew with one that holds everything, and keeps what is needed', async () => {
    const world = await worldWith({ mode: 'incremental', retention: { keepLast: 1 } });
    await days(world, 3);
    expect((await points(world)).map(({ depth }) => depth)).toEqual([2]);
    await days(world, 1);
    expect(await points(world)).toMatchObject([{ depth: 0 }]);
    expect((await points(world))[0]).not.toHaveProperty('base');
  });

  it.each(['copy of its folder', 'restore that finds objects in it'])('waits for a %s', async (kind) => {
    const world = await worldWith({ retention: { keepLast: 1 } });
    await days(world, 1);
    const [first] = await points(world);
    if (first === undefined) throw new Error('there is no backup');
    world.jobMinutes = 2 * 24 * 60;
    await startReader(world, first, kind.startsWith('restore'));
    world.jobMinutes = 1;
    await days(world, 1);
    expect(await shown(world)).toEqual(['01 good', '02 good']);
    expect(world.logged).toContainEqual({ event: 'backup-in-use', policy: 'nightly', job: first.id });
    await days(world, 2);
    expect(await shown(world)).toEqual(['04 good']);
  });

  it('removes no backup of another source, which the policy had before or a policy of its name', async () => {
    const world = await worldWith({ retention: { keepLast: 2 } });
    await days(world, 3);
    const version = await readPolicy(world.state, 'nightly');
    if (version?.policy.kind !== 'schedule') throw new Error('there is no policy');
    const job = { ...version.policy.job, source: 'https://source.example/other' };
    await writePolicy(world.state, { ...version.policy, job }, version.etag);
    await days(world, 3);
    expect(await shown(world)).toEqual(['02 good', '03 good', '05 good', '06 good']);
  });

  it('does not remove what a backup needs that another host has begun meanwhile', async () => {
    const world = await worldWith({ mode: 'incremental', retention: { keepLast: 1 } });
    await days(world, 1);
    const [first] = await points(world);
    if (first === undefined) throw new Error('there is no backup');
    // As another host may that has not seen that the second is good.
    const other = { ...first, id: 'othersjob', dueAt: '2026-01-02T05:00:00.000Z', base: first.id, homes: [] };
    world.state.onCall = async (call, name) => {
      const isDecision = call === 'put' && name === stateNames.point('nightly', first.dueAt, first.id);
      if (!isDecision) return;
      world.state.onCall = undefined;
      await createPoint(world.state, { ...other, depth: 1, status: 'running' });
    };
    const rules = { mode: 'full', template: '{policy}/{yyyy}{MM}{dd}{HH}{mm}', fullEvery: 3 } as const;
    const version = await readPolicy(world.state, 'nightly');
    if (version?.policy.kind !== 'schedule') throw new Error('there is no policy');
    // A full one needs nothing, so nothing else keeps the first.
    const policy = { ...version.policy, backup: { ...rules, retention: { keepLast: 1 } } };
    await writePolicy(world.state, policy, version.etag);
    await days(world, 1);
    expect(await shown(world)).toEqual(['01 good', '02 good', '02 running']);
    expect((await points(world))[0]).not.toHaveProperty('prune');
    expect(world.started.filter(({ kind }) => kind === 'sync')).toEqual([]);
  });

  it('calls no backup good whose base is being removed', async () => {
    const world = await worldWith({ mode: 'incremental' });
    await days(world, 1);
    const [first] = await listPoints(world.state, 'nightly');
    if (first === undefined) throw new Error('there is no backup');
    world.jobMinutes = 300;
    await days(world, 1);
    const [, second] = await points(world);
    if (second === undefined) throw new Error('there is no second backup');
    await changePoint(world.state, { ...first, point: { ...first.point, status: 'stuck' } });
    const kept = { etag: '"1"', lastModified: begin, home: first.point.id };
    const skip = { pair: 0, key: 'k', reason: 'same', sizeBytes: 1, kept } as const;
    await writeSegment(world.state, second.id, { group: 0, index: 0 }, draftOf({ skips: [skip] }));
    await world.state.put(stateNames.board(second.id), JSON.stringify(completed(second.id, 1)));
    await world.host().look();
    expect(await shown(world)).toEqual(['01 stuck', '02 failed']);
  });

  it('asks for one list while none of its backups is under way', async () => {
    const world = await worldWith({});
    await days(world, 1);
    world.state.reset();
    await world.until('2026-01-02T00:01:00.000Z');
    // policies, the policy, its schedule, the board of its last job, its points
    expect(world.state.count()).toBe(5);
  });

  it('forgets a backup whose job was never recorded', async () => {
    const world = await worldWith({});
    await days(world, 1);
    const [known] = await points(world);
    if (known === undefined) throw new Error('there is no backup');
    await createPoint(world.state, {
      ...known,
      id: 'neverwas',
      dueAt: '2026-01-01T05:00:00.000Z',
      status: 'running',
    });
    await days(world, 2);
    expect((await points(world)).map(({ id }) => id)).not.toContain('neverwas');
  });

  it('gives folders of their own to two backups of one minute', async () => {
    const world = await worldWith({});
    await days(world, 1);
    const [known] = await points(world);
    if (known === undefined) throw new Error('there is no backup');
    const taken = { ...known, id: 'othersjob', dueAt: '2026-01-02T03:00:00.000Z' };
    await createPoint(world.state, {
      ...taken,
      place: { ...known.place, prefix: 'nightly/nightly/202601020300/' },
    });
    await days(world, 1);
    const prefixes = (await points(world)).map(({ place }) => place.prefix);
    expect(new Set(prefixes).size).toBe(3);
  });
});

describe('the manifest of an incremental backup', () => {
  it('is written page by page, over several looks, and makes the backup good when it is complete', async () => {
    const world = await worldWith({ mode: 'incremental' });
    world.jobMinutes = 1000;
    await days(world, 1);
    const [point] = await points(world);
    if (point === undefined) throw new Error('there is no backup');
    for (let index = 0; index < 3; index += 1) {
      const key = `k${String(index)}`;
      const operation = {
        action: 'copy',
        pair: 0,
        key,
        reason: 'new',
        sizeBytes: 1,
        etag: '"1"',
        lastModified: begin,
      } as const;
      const ref = { group: 0, index };
      await writeSegment(world.state, point.id, ref, draftOf({ copies: [operation] }));
      const outcomes = createOutcomeFile(world.state, point.id, { ...ref, part: 'copy' });
      await outcomes.finish([{ outcome: 'copied', reason: 'new', pair: 0, key, sizeBytes: 1 }]);
    }
    await world.state.put(stateNames.board(point.id), JSON.stringify(completed(point.id, 3)));
    // Each page takes 30 seconds: a look writes two.
    world.state.onCall = (call, name) => {
      if (call === 'put' && name.startsWith('manifests/')) world.clock.advance(30_000);
    };
    await world.host().look();
    expect(await points(world)).toMatchObject([{ status: 'running', manifest: { pages: 2, objects: 2 } }]);
    await world.host().look();
    expect(await points(world)).toMatchObject([
      { status: 'good', objects: 3, homes: [{ point: point.id, prefix: point.place.prefix }] },
    ]);
    const ref = { policy: 'nightly', point: point.id };
    expect(await readManifestPage(world.state, ref, 2)).toMatchObject([{ key: 'k2', home: point.id }]);
    expect(await readManifestPage(world.state, ref, 3)).toBeUndefined();
  });
});
