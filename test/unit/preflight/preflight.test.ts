import { describe, expect, it } from 'vitest';
import type { JobSpec } from '../../../src/job/job-spec.js';
import type { Finding } from '../../../src/preflight/finding.js';
import { preflight, type PreflightParts } from '../../../src/preflight/preflight.js';
import { refusal, type StoreCall } from '../../support/memory-faults.js';
import { basicSpec } from '../../support/memory-job.js';
import { createMemoryCloud, type MemoryCloud } from '../../support/memory-store.js';

const accounts = ['source', 'target'].map((name) => ({
  name,
  blobEndpoint: `https://st${name}.blob.core.windows.net`,
  listingOrder: 'utf8' as const,
}));

/** Container `data` with an object, and container `copy` with none. */
function twoContainers(): MemoryCloud {
  const cloud = createMemoryCloud();
  cloud.account('source').put('data', 'a');
  cloud.account('target').addContainer('copy');
  return cloud;
}

function ask(cloud: MemoryCloud, spec: Partial<JobSpec> = {}, parts: Partial<PreflightParts> = {}) {
  return preflight({
    spec: { ...basicSpec, ...spec },
    source: cloud.open('source', 'source'),
    destination: cloud.open('target', 'destination'),
    accounts,
    principals: { source: undefined, destination: undefined },
    isPrivate: () => Promise.resolve(false),
    signal: new AbortController().signal,
    ...parts,
  });
}

function told(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ side, check, code }) => `${side} ${check}: ${code}`);
}

function faults(findings: readonly Finding[]): readonly string[] {
  return told(findings.filter(({ ok }) => ok === false));
}

const mirror = { maxDeletes: 1, maxDeletePercent: 100 };
const writes: readonly StoreCall[] = ['stageFrom', 'delete', 'copyFrom', 'commit', 'createContainer'];

describe('preflight', () => {
  it('proves what a mirror needs, and leaves no object behind', async () => {
    const cloud = twoContainers();
    const findings = await ask(cloud, { mirror });
    expect(told(findings)).toEqual([
      'source list: ok',
      'source read: ok',
      'source tags: ok',
      'destination list: ok',
      'destination tags: ok',
      'destination write: ok',
      'destination copy: ok',
      'destination delete: ok',
    ]);
    expect(cloud.account('target').keys('copy')).toEqual([]);
    expect(cloud.account('source').keys('data')).toEqual(['a']);
  });

  it('of a dry run writes nothing', async () => {
    const cloud = twoContainers();
    expect(faults(await ask(cloud, { dryRun: true, mirror }))).toEqual([]);
    expect(writes.map((call) => cloud.count(call))).toEqual(writes.map(() => 0));
  });

  it('has the command that gives a role, to whom and where', async () => {
    const cloud = twoContainers();
    cloud.account('target').permissions.write = false;
    const findings = await ask(cloud);
    expect(faults(findings)).toEqual(['destination write: role-missing']);
    const fault = findings.find(({ ok }) => ok === false);
    expect(fault?.text).toContain('"Storage Blob Data Contributor"');
    expect(fault?.command).toContain('az storage account show --name sttarget ');
    expect(told(findings)).toContain('destination copy: not-checked');
  });

  it('asks about writes also where it may not list', async () => {
    const cloud = twoContainers();
    cloud.fault({
      on: 'list',
      account: 'target',
      error: refusal('destination-role-missing', 403, 'AuthorizationPermissionMismatch'),
    });
    const findings = await ask(cloud);
    expect(faults(findings)).toEqual(['destination list: role-missing']);
    expect(told(findings)).toContain('destination write: ok');
  });

  it('tells a firewall in front of the source from one behind the destination', async () => {
    const refused = refusal('source-forbidden', 403, 'AuthorizationFailure');
    const before = twoContainers();
    before.fault({ on: 'list', account: 'source', error: refused });
    const unseen = await ask(before);
    expect(faults(unseen)).toContain('source list: firewall');
    expect(told(unseen)).toContain('source read: not-checked');
    const behind = twoContainers();
    behind.fault({ on: 'stageFrom', error: refused });
    const seen = await ask(behind);
    expect(faults(seen)).toEqual(['source copy: source-firewall']);
    expect(told(seen)).toContain('destination write: ok');
  });

  it('tells a refused copy scope, and a source that the destination looks for elsewhere', async () => {
    const scoped = twoContainers();
    scoped.fault({ on: 'stageFrom', error: refusal('destination-forbidden', 403, 'AuthorizationFailure') });
    expect(faults(await ask(scoped))).toEqual(['destination copy: copy-scope']);
    const elsewhere = twoContainers();
    elsewhere.fault({ on: 'stageFrom', error: refusal('source-not-found', 404, 'ResourceNotFound') });
    expect(faults(await ask(elsewhere))).toEqual(['source copy: unreachable']);
  });

  it.each([
    [true, []],
    [false, ['destination list: container-not-found']],
  ])('of a destination that is not there, with createContainers %s', async (createContainers, expected) => {
    const cloud = twoContainers();
    cloud.account('target').removeContainer('copy');
    const findings = await ask(cloud, { createContainers, mirror });
    expect(faults(findings)).toEqual(expected);
    for (const check of ['write', 'copy', 'delete']) {
      expect(told(findings)).toContain(`destination ${check}: not-checked`);
    }
    expect(writes.map((call) => cloud.count(call))).toEqual(writes.map(() => 0));
  });

  it('asks each side about rights that only a probe shows, and the account once', async () => {
    const cloud = twoContainers();
    cloud.account('source').put('more', 'b');
    cloud.account('target').addContainer('data');
    const probed: string[] = [];
    const note = (name: string) => (): Promise<void> => {
      probed.push(name);
      return Promise.resolve();
    };
    const probes = {
      write: note('write'),
      writeTags: note('writeTags'),
      makeContainer: note('makeContainer'),
    };
    const spec: Partial<JobSpec> = {
      source: { kind: 'account', location: { account: 'source', container: '', prefix: '' } },
      destination: { account: 'target', container: '', prefix: '' },
      createContainers: true,
    };
    const findings = await ask(cloud, spec, {
      source: { ...cloud.open('source', 'source'), probes, delegate: note('delegate') },
      destination: { ...cloud.open('target', 'destination'), probes },
    });
    expect(faults(findings)).toEqual([]);
    expect(told(findings)[0]).toBe('source containers: ok');
    expect(probed.sort()).toEqual(['delegate', 'makeContainer', 'writeTags']);
  });

  it('throws what is no refusal of a service', async () => {
    const cloud = twoContainers();
    const broken = {
      ...cloud.open('source'),
      container: () => {
        throw new TypeError('a bug');
      },
    };
    await expect(ask(cloud, {}, { source: broken })).rejects.toThrow('a bug');
  });
});
