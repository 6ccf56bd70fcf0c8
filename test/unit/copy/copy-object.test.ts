import { describe, expect, it } from 'vitest';
import { copyObject } from '../../../src/copy/copy-object.js';
import { CopyError } from '../../../src/job/copy-error.js';
import type { Clock } from '../../../src/runtime/clock.js';
import { networkError, refusal, throttled } from '../../support/memory-faults.js';
import { codeOf } from '../../support/memory-store.js';
import { createFixture, mebibyte } from './fixture.js';

describe('copyObject with one request', () => {
  it('sends exactly one request when all goes well', async () => {
    const { cloud, destination, source, plan, context } = createFixture();
    const operation = plan('a.txt', { properties: { contentType: 'text/plain' }, metadata: { Foo: '1' } });
    const outcome = await copyObject(operation, context());
    expect(outcome).toMatchObject({ outcome: 'copied', reason: 'new', pair: 0, key: 'a.txt', sizeBytes: 10 });
    expect(outcome.requestId).toBeDefined();
    expect(cloud.requests).toEqual([{ account: 'to', call: 'copyFrom', container: 'd', key: 'out/a.txt' }]);
    const copy = destination.object('d', 'out/a.txt');
    expect(copy?.content).toEqual(source.object('c', 'in/a.txt')?.content);
    expect(copy).toMatchObject({ properties: { contentType: 'text/plain' }, metadata: { Foo: '1' } });
  });

  it('G12: overwrites only the version that the plan saw', async () => {
    const { destination, plan, context } = createFixture();
    const destinationEtag = destination.put('d', 'out/a', { content: 'old' });
    const operation = plan('a', { content: 'new' }, { destinationEtag, reason: 'different' });
    expect(await copyObject(operation, context())).toMatchObject({ outcome: 'copied', reason: 'different' });
    expect(destination.object('d', 'out/a')?.content).toMatchObject([{ of: 'new' }]);
  });

  it('keeps an inferred tier inferred and sets an explicit one', async () => {
    const { destination, plan, context } = createFixture();
    await copyObject(plan('inferred'), context());
    await copyObject(plan('cool', { tier: 'Cool' }), context());
    expect(destination.object('d', 'out/inferred')?.tier).toBeUndefined();
    expect(destination.object('d', 'out/cool')?.tier).toBe('Cool');
  });

  it('reports what no URL can carry without a request', async () => {
    const { cloud, plan, context } = createFixture();
    const operation = plan('.');
    const root = { ...context().pair, sourceBase: '', destinationBase: '' };
    expect(await copyObject(operation, context({ pair: root }))).toMatchObject({
      outcome: 'failed',
      reason: 'name-not-addressable',
    });
    expect(await copyObject(plan('é'.repeat(800)), context())).toMatchObject({
      outcome: 'failed',
      reason: 'copy-source-too-long',
    });
    expect(cloud.count()).toBe(0);
  });

  it('reports a failure of ours as unexpected instead of throwing', async () => {
    const { plan, context } = createFixture();
    const broken = context({
      planBlocks: () => {
        throw new RangeError('no such block');
      },
    });
    const outcome = await copyObject(plan('a', { sizeBytes: 300 * mebibyte }), broken);
    expect(outcome).toMatchObject({
      outcome: 'failed',
      reason: 'unexpected',
      message: 'RangeError: no such block',
    });
  });
});

describe('copyObject when the source changes (AzCopy mixed versions)', () => {
  it('looks once and copies the new version', async () => {
    const { cloud, source, destination, plan, context } = createFixture();
    const operation = plan('a', { content: 'v1' });
    source.put('c', 'in/a', { content: 'v2', sizeBytes: 20 });
    expect(await copyObject(operation, context())).toMatchObject({ outcome: 'copied', sizeBytes: 20 });
    expect(destination.object('d', 'out/a')?.content).toMatchObject([{ of: 'v2' }]);
    expect(cloud.requests.map((request) => request.call)).toEqual(['copyFrom', 'stat', 'copyFrom']);
  });

  it('gives up when it changes again', async () => {
    const { cloud, source, destination, plan, context } = createFixture();
    const operation = plan('a');
    const change = (): void => {
      source.put('c', 'in/a');
    };
    cloud.fault({ on: 'copyFrom', times: 2, before: change });
    expect(await copyObject(operation, context())).toMatchObject({
      outcome: 'failed',
      reason: 'source-changed',
      status: 412,
    });
    expect(destination.object('d', 'out/a')).toBeUndefined();
  });

  it('leaves an object that outgrew one request to the next job', async () => {
    const { cloud, source, plan, context } = createFixture();
    const operation = plan('a');
    source.put('c', 'in/a', { sizeBytes: 300 * mebibyte });
    expect(await copyObject(operation, context())).toMatchObject({
      outcome: 'failed',
      reason: 'source-changed',
    });
    expect(cloud.count('stageFrom')).toBe(0);
  });

  it('skips what vanished, with one request', async () => {
    const { cloud, source, plan, context } = createFixture();
    const operation = plan('a');
    source.remove('c', 'in/a');
    expect(await copyObject(operation, context())).toMatchObject({ outcome: 'skipped', reason: 'vanished' });
    expect(cloud.count()).toBe(1);
  });

  it('asks the source itself before it believes a 404 that the source did not sign', async () => {
    const { cloud, plan, context } = createFixture();
    const operation = plan('a');
    cloud.fault({ on: 'copyFrom', error: refusal('source-not-found', 404, 'CannotVerifyCopySource') });
    expect(await copyObject(operation, context())).toMatchObject({
      outcome: 'failed',
      reason: 'source-not-found',
    });
    expect(cloud.requests.map((request) => request.call)).toEqual(['copyFrom', 'stat']);
  });

  const restore = { kind: 'restoreFull', policy: 'p', point: 'point0001' } as const;

  it('fails what vanished from a backup that is restored', async () => {
    const { cloud, source, plan, context } = createFixture();
    const settings = { ...context().settings, backup: restore };
    const operation = plan('a');
    source.remove('c', 'in/a');
    const outcome = await copyObject(operation, context({ settings }));
    expect(outcome).toMatchObject({ outcome: 'failed', reason: 'source-not-found', status: 404 });
    expect(cloud.count()).toBe(1);
  });

  it.each([
    ['overwritten', 'source-changed'],
    ['overwritten and deleted', 'source-not-found'],
  ])('takes nothing else for an object of a backup that was %s', async (what, reason) => {
    const { cloud, source, destination, plan, context } = createFixture();
    const settings = { ...context().settings, backup: restore };
    const operation = plan('a');
    source.put('c', 'in/a');
    if (what !== 'overwritten') {
      cloud.fault({
        on: 'stat',
        before: () => {
          source.remove('c', 'in/a');
        },
      });
    }
    expect(await copyObject(operation, context({ settings }))).toMatchObject({ outcome: 'failed', reason });
    expect(destination.object('d', 'out/a')).toBeUndefined();
  });

  it('skips what vanished after it had changed', async () => {
    const { cloud, source, plan, context } = createFixture();
    const operation = plan('a');
    source.put('c', 'in/a');
    cloud.fault({
      on: 'stat',
      before: () => {
        source.remove('c', 'in/a');
      },
    });
    expect(await copyObject(operation, context())).toMatchObject({ outcome: 'skipped', reason: 'vanished' });
  });
});

describe('copyObject when requests fail', () => {
  it('counts a write whose reply was lost as copied', async () => {
    const { cloud, plan, context } = createFixture();
    cloud.fault({ on: 'copyFrom', lostReply: true });
    expect(await copyObject(plan('a'), context())).toMatchObject({ outcome: 'copied', reason: 'new' });
    expect(cloud.requests.map((request) => request.call)).toEqual(['copyFrom', 'copyFrom', 'stat']);
  });

  it('G5: repeats what is passing, whatever error code it carries or lacks', async () => {
    const { cloud, clock, results, plan, context } = createFixture();
    cloud.fault({ on: 'copyFrom', error: throttled(7000) });
    cloud.fault({
      on: 'copyFrom',
      error: new CopyError('server-error', 'bad gateway', { retryable: true, status: 502 }),
    });
    expect(await copyObject(plan('a'), context())).toMatchObject({ outcome: 'copied' });
    expect(clock.slept[0]).toBeGreaterThanOrEqual(7000);
    expect(results).toEqual(['throttled', 'ok', 'ok']);
  });

  it('parks a poison object when its budget is spent', async () => {
    const { cloud, plan, context } = createFixture();
    cloud.fault({ on: 'copyFrom', times: Infinity, error: throttled() });
    expect(await copyObject(plan('a'), context())).toMatchObject({
      outcome: 'failed',
      reason: 'throttled',
      status: 503,
      serviceCode: 'ServerBusy',
    });
    expect(cloud.count('copyFrom')).toBe(8);
  });

  it('finds that a parked write has landed after all', async () => {
    const { cloud, plan, context } = createFixture();
    cloud.fault({ on: 'copyFrom', lostReply: true });
    cloud.fault({ on: 'copyFrom', times: Infinity, error: networkError() });
    expect(await copyObject(plan('a'), context())).toMatchObject({ outcome: 'copied' });
  });

  it('G4: reports one forbidden object as failed and nothing more (AzCopy cancelled the job)', async () => {
    const { cloud, plan, context } = createFixture();
    cloud.fault({ on: 'copyFrom', error: refusal('destination-forbidden', 403, 'AuthorizationFailure') });
    expect(await copyObject(plan('a'), context())).toMatchObject({
      outcome: 'failed',
      reason: 'destination-forbidden',
    });
    expect(await copyObject(plan('b'), context())).toMatchObject({ outcome: 'copied' });
  });

  it('throws aborted, and only that, when the signal fires', async () => {
    const { cloud, abort, plan, context } = createFixture();
    cloud.fault({ on: 'copyFrom', hangs: true });
    const copying = copyObject(plan('a'), context());
    abort.abort(new CopyError('aborted', 'the slice is over', { retryable: true }));
    expect(await codeOf(copying)).toBe('aborted');
  });

  it('does not wait for another try when the signal fires while it sleeps', async () => {
    const { cloud, clock, abort, plan, context } = createFixture();
    cloud.fault({ on: 'copyFrom', times: Infinity, error: throttled() });
    const sleepy: Clock = {
      now: () => clock.now(),
      random: () => clock.random(),
      sleep: (_, signal) => {
        abort.abort(new Error('stop'));
        return Promise.reject(signal?.reason as Error);
      },
    };
    expect(await codeOf(copyObject(plan('a'), context({ clock: sleepy })))).toBe('aborted');
    expect(cloud.count()).toBe(1);
  });
});
