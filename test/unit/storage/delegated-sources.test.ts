import { expect, it } from 'vitest';
import type { Account } from '../../../src/job/account.js';
import { CopyError } from '../../../src/job/copy-error.js';
import { encodeKey } from '../../../src/job/encode-key.js';
import { delegatedSources } from '../../../src/storage/delegated-sources.js';
import { codeOf } from '../../support/memory-store.js';
import { createStepClock } from '../../support/step-clock.js';

const signal = new AbortController().signal;
const account: Account = {
  name: 'left',
  blobEndpoint: 'https://left.blob.core.windows.net',
  fileEndpoint: 'https://127.0.0.1:10006/left',
  listingOrder: 'utf8',
};
const minuteMs = 60_000;

/** What was signed, and the URLs that came of it; `keyMs` is the life of each key. */
function world({
  keyMs = 120 * minuteMs,
  failure,
}: { readonly keyMs?: number; readonly failure?: Error } = {}) {
  const clock = createStepClock();
  const signed: unknown[] = [];
  const opened: string[] = [];
  const sources = delegatedSources({
    accounts: [account],
    clock,
    open: ({ endpoint, service = 'blob' }) => {
      opened.push(`${service} ${endpoint}`);
      return {
        requestKey: () =>
          failure === undefined
            ? Promise.resolve({
                expiresMs: clock.now() + keyMs,
                sign: (object, expiresMs) => {
                  signed.push({ ...object, minutes: (expiresMs - clock.now()) / minuteMs });
                  return 'sv=x&sig=y';
                },
              })
            : Promise.reject(failure),
      };
    },
  });
  const authorise = (url: string) => sources.authorise({ url, etag: '"1"' }, signal);
  return { clock, signed, opened, authorise };
}

it.each(['plain', 'a b/c%d?e#f+g', 'ünï/cødé 🚢', "it's (odd)", '%2F', 'a//b', 'dot.'])(
  'signs for the object as it is named: %s',
  async (key) => {
    const { signed, authorise } = world();
    const url = `${account.blobEndpoint}/box/${encodeKey(key)}`;
    expect(await authorise(url)).toMatchObject({ url: `${url}?sv=x&sig=y` });
    expect(signed).toEqual([{ container: 'box', key, minutes: 60 }]);
  },
);

it('signs for a file of a share snapshot as for the file, and keeps the snapshot in the URL', async () => {
  const { signed, opened, authorise } = world();
  const url = `${account.fileEndpoint ?? ''}/share/a/b?sharesnapshot=2026-01-01T00%3A00%3A00.0000000Z`;
  expect((await authorise(url)).url).toBe(`${url}&sv=x&sig=y`);
  expect(signed).toMatchObject([{ container: 'share', key: 'a/b' }]);
  expect(opened).toEqual([`files ${account.fileEndpoint ?? ''}`]);
});

it('asks each service of an account for keys of its own, once', async () => {
  const { opened, authorise } = world();
  for (const name of ['a', 'b']) {
    await authorise(`${account.blobEndpoint}/box/${name}`);
    await authorise(`${account.fileEndpoint ?? ''}/share/${name}`);
  }
  expect(opened).toHaveLength(2);
});

it('a SAS never outlives its key', async () => {
  const { signed, authorise } = world({ keyMs: 20 * minuteMs });
  await authorise(`${account.blobEndpoint}/box/a`);
  expect(signed).toMatchObject([{ minutes: 20 }]);
});

it('a URL without room for the SAS is refused as too long', async () => {
  const { authorise } = world();
  const url = (length: number): string => `${account.blobEndpoint}/box/`.padEnd(length, 'a');
  expect((await authorise(url(2048 - '?sv=x&sig=y'.length))).url).toHaveLength(2048);
  expect(await codeOf(authorise(url(2049 - '?sv=x&sig=y'.length)))).toBe('copy-source-too-long');
});

it('tells the missing right to delegate from that to read', async () => {
  const missing = new CopyError('source-role-missing', 'no', { retryable: false, status: 403 });
  const { authorise } = world({ failure: missing });
  const error = await authorise(`${account.blobEndpoint}/box/a`).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: 'source-delegation-refused', status: 403, retryable: false });
  const other = new CopyError('source-forbidden', 'no', { retryable: false, status: 403 });
  expect(await codeOf(world({ failure: other }).authorise(`${account.blobEndpoint}/box/a`))).toBe(
    'source-forbidden',
  );
});

it('signs nothing outside the table', async () => {
  const { opened, authorise } = world();
  expect(await codeOf(authorise('https://evil.example/box/a'))).toBe('source-forbidden');
  expect(opened).toEqual([]);
});
