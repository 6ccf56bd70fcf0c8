import { readFile, writeFile, appendFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, describe, expect, it } from 'vitest';

import { lockDirectory } from '../../../../src/localhost/durable/directory-lock.js';
import { openJournalFolder } from '../../../../src/localhost/durable/journal-files.js';
import type { JournalRecord } from '../../../../src/localhost/durable/journal-record.js';
import { openJournal } from '../../../../src/localhost/durable/journal.js';
import type { Journal, JournalOptions } from '../../../../src/localhost/durable/journal.js';
import { cleanUp, newFolder } from './engine-rig.js';
import { faulty } from './faulty-files.js';

afterEach(cleanUp);

const purge = (id: string): JournalRecord => ({ t: 'purge', ids: [id] });

interface Opened {
  readonly journal: Journal;
  readonly records: JournalRecord[];
  readonly torn: [number, number][];
}

async function opened(folder: string, options: Partial<JournalOptions> = {}): Promise<Opened> {
  const records: JournalRecord[] = [];
  const torn: [number, number][] = [];
  const journal = await openJournal({
    files: await openJournalFolder(folder),
    recover: (record) => records.push(record),
    snapshot: () => [],
    compactAfterBytes: 1e9,
    onTornTail: (...tail) => torn.push(tail),
    ...options,
  });
  return { journal, records, torn };
}

describe('the journal', () => {
  it('gives back every record in order after it was reopened', async () => {
    const folder = await newFolder();
    const first = await opened(folder);
    await first.journal.append(purge('a'));
    await first.journal.append(purge('ü 漢'));
    await first.journal.close();
    const second = await opened(folder);
    expect(second.records).toEqual([purge('a'), purge('ü 漢')]);
    await second.journal.append(purge('c'));
    await second.journal.close();
    const third = await opened(folder);
    expect(third.records).toHaveLength(3);
    await third.journal.close();
  });

  it('lets appends of the same moment share one flush', async () => {
    const folder = await newFolder();
    const { files, state } = faulty(await openJournalFolder(folder));
    const { journal } = await opened(folder, { files });
    const before = state.syncs;
    await Promise.all(Array.from({ length: 500 }, (_, n) => journal.append(purge(String(n)))));
    expect(state.syncs - before).toBeLessThanOrEqual(2);
    await journal.close();
    const again = await opened(folder);
    expect(again.records).toHaveLength(500);
    await again.journal.close();
  });

  it('cuts off a torn tail and reports it', async () => {
    const folder = await newFolder();
    const { journal } = await opened(folder);
    await journal.append(purge('kept'));
    await journal.close();
    const path = join(folder, 'journal.jsonl');
    const soundBytes = (await readFile(path)).length;
    for (const tail of ['{"crc":"0123', '\0\0\0\0\0', '{"crc":"00000000","r":{"t":"purge","ids":[]}}\n']) {
      await appendFile(path, tail);
      const again = await opened(folder);
      expect(again.torn).toEqual([[soundBytes, tail.length]]);
      expect(again.records).toEqual([purge('kept')]);
      await again.journal.close();
      expect((await readFile(path)).length).toBe(soundBytes);
    }
  });

  it('refuses a file with a damaged record before sound ones, and leaves it alone', async () => {
    const folder = await newFolder();
    const { journal } = await opened(folder);
    await journal.append(purge('first'));
    await journal.append(purge('second'));
    await journal.close();
    const path = join(folder, 'journal.jsonl');
    const text = await readFile(path, 'utf8');
    const damaged = text.replace('"first"', '"fIrst"');
    await writeFile(path, damaged);
    const offset = text.indexOf('\n') + 1;
    await expect(opened(folder)).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining(`journal.jsonl is damaged at byte ${String(offset)}`) as string,
    });
    expect(await readFile(path, 'utf8')).toBe(damaged);
  });

  it.each(['', 'not a journal\n'])('refuses a file without a sound header: %j', async (text) => {
    const folder = await newFolder();
    await writeFile(join(folder, 'journal.jsonl'), text);
    await expect(opened(folder)).rejects.toMatchObject({ code: 'corrupt' });
  });

  it('refuses a newer format', async () => {
    const folder = await newFolder();
    const text = '{"format":2}';
    const { crc32 } = await import('node:zlib');
    await writeFile(
      join(folder, 'journal.jsonl'),
      `{"crc":"${crc32(text).toString(16).padStart(8, '0')}","r":${text}}\n`,
    );
    await expect(opened(folder)).rejects.toMatchObject({
      code: 'newer-format',
      message: expect.stringContaining('format 2; this version reads up to 1') as string,
    });
  });

  it('rewrites itself from a snapshot when it has grown, losing nothing that was appended meanwhile', async () => {
    const folder = await newFolder();
    const state = new Set<string>();
    const first = await opened(folder, {
      compactAfterBytes: 2000,
      snapshot: () => [...state].map(purge),
    });
    for (let n = 0; n < 400; n += 1) {
      const id = String(n % 10);
      state.add(id);
      const durable = first.journal.append(purge(id));
      if (n % 7 === 0) {
        await durable;
      }
    }
    await first.journal.close();
    expect((await readFile(join(folder, 'journal.jsonl'))).length).toBeLessThan(6000);
    expect(await readdir(folder)).toEqual(['journal.jsonl']);
    const second = await opened(folder);
    const ids = second.records.flatMap((record) => (record.t === 'purge' ? record.ids : []));
    expect(new Set(ids)).toEqual(state);
    await second.journal.close();
  });

  it('keeps the old file when the disk is full while it rewrites itself', async () => {
    const folder = await newFolder();
    const { files, state } = faulty(await openJournalFolder(folder));
    const { journal } = await opened(folder, { files, compactAfterBytes: 1, snapshot: () => [purge('a')] });
    await journal.append(purge('a'));
    state.isFull = true;
    await expect(journal.append(purge('b'))).rejects.toMatchObject({ code: 'write-failed' });
    await expect(journal.close()).rejects.toMatchObject({ code: 'write-failed' });
    const again = await opened(folder);
    expect(again.records).toEqual([purge('a')]);
    await again.journal.close();
  });

  it('fails every append after a failed write and keeps what was acknowledged', async () => {
    const folder = await newFolder();
    const { files, state } = faulty(await openJournalFolder(folder));
    const { journal } = await opened(folder, { files });
    await journal.append(purge('acknowledged'));
    state.isFull = true;
    await expect(journal.append(purge('x'))).rejects.toMatchObject({ code: 'write-failed' });
    state.isFull = false;
    await expect(journal.append(purge('z'))).rejects.toMatchObject({
      code: 'write-failed',
      message: expect.stringContaining('ENOSPC') as string,
    });
    await expect(journal.close()).rejects.toMatchObject({ code: 'write-failed' });
    const again = await opened(folder);
    expect(again.records).toEqual([purge('acknowledged')]);
    expect(again.torn).toHaveLength(1);
    await again.journal.close();
  });
});

describe('the lock of a folder', () => {
  it('has one owner, by whatever path, and can be taken again after its release', async () => {
    const folder = await newFolder();
    const lock = await lockDirectory(folder);
    await expect(lockDirectory(`${folder}/../${folder.split('/').at(-1) ?? ''}/`)).rejects.toThrow(
      `is in use by process ${String(process.pid)}`,
    );
    await lock.release();
    await (await lockDirectory(folder)).release();
  });
});
