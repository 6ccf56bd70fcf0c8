import { describe, expect, it } from 'vitest';
import { FileKeeper, type PermissionKeys } from '../../../src/copy/file-keeper.js';
import { Retry, aborted } from '../../../src/copy/retry.js';
import { CopyError } from '../../../src/job/copy-error.js';
import { createStepClock } from '../../support/step-clock.js';

type Parts = Parameters<FileKeeper['permission']>[2];

const signal = new AbortController().signal;
const retry = new Retry({ clock: createStepClock(), signal });
const source = {
  account: 'from',
  container: 'share',
  readPermission: (key: string) => Promise.resolve(`sddl of ${key}`),
};

/** A destination share that says which descriptors it was given. */
function destination(
  create: (descriptor: string) => Promise<string>,
  signal = new AbortController().signal,
): Parts {
  const target = { account: 'to', container: 'share', createPermission: create };
  return { destination: target as unknown as Parts['destination'], retry, signal };
}

function permission(keeper: FileKeeper, key: string, parts: Parts): Promise<string> {
  return keeper.permission(key, source as unknown as Parameters<FileKeeper['permission']>[1], parts);
}

describe('the permissions of a job', () => {
  it('are carried once by all slices that share what they know', async () => {
    const created: string[] = [];
    const parts = destination((descriptor) => {
      created.push(descriptor);
      return Promise.resolve(`key ${String(created.length)}`);
    });
    const known: PermissionKeys = new Map();
    const [first, second] = [new FileKeeper(known), new FileKeeper(known)];
    expect(await Promise.all([permission(first, 'a', parts), permission(second, 'a', parts)])).toEqual([
      'key 1',
      'key 1',
    ]);
    expect(await permission(second, 'b', parts)).toBe('key 2');
    expect(created).toEqual(['sddl of a', 'sddl of b']);
  });

  it('are asked again by a slice when the one that asked was ended', async () => {
    const known: PermissionKeys = new Map();
    let end: (error: CopyError) => void = () => undefined;
    const ended = destination(() => new Promise<string>((_, reject) => (end = reject)));
    const first = permission(new FileKeeper(known), 'a', ended);
    const second = permission(
      new FileKeeper(known),
      'a',
      destination(() => Promise.resolve('its own')),
    );
    await Promise.resolve();
    await Promise.resolve();
    end(aborted());
    await expect(first).rejects.toMatchObject({ code: 'aborted' });
    expect(await second).toBe('its own');
  });

  it('are forgotten when they fail, and the failure is told', async () => {
    const known: PermissionKeys = new Map();
    const refusal = new CopyError('destination-role-missing', 'no right to create permissions', {
      retryable: false,
    });
    const refused = destination(() => Promise.reject(refusal));
    await expect(permission(new FileKeeper(known), 'a', refused)).rejects.toBe(refusal);
    expect(known.size).toBe(0);
  });
});
