import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSeededRandom } from '../support/seeded-random.js';
import { cleanUp, newFolder, openRig } from '../unit/localhost/durable/engine-rig.js';
import { sdkApp, type Ctx, type SdkApp } from '../unit/localhost/durable/sdk-app.js';

const seed = Number(process.env['TRANSHIP_CHAOS_SEED'] ?? '1');

/** Two rounds of activities; 2 × (0 + … + 19) each. */
function fanApp(): SdkApp {
  return sdkApp({
    orchestrators: {
      *fan(context: Ctx) {
        let sum = 0;
        for (let round = 0; round < 2; round += 1) {
          const tasks = Array.from({ length: 20 }, (_, index) => context.df.callActivity('double', index));
          const parts = (yield context.df.Task.all(tasks)) as number[];
          sum += parts.reduce((total, part) => total + part, 0);
        }
        return sum;
      },
    },
    activities: { double: (value) => Number(value) * 2 },
  });
}

const output = 760;
let sound: string;
let bytes: Buffer;

/** A folder of its own with a journal that was damaged. */
async function damaged(name: string, change: (journal: Buffer) => Buffer): Promise<string> {
  const folder = join(sound, name);
  await mkdir(folder);
  await copyFile(join(sound, 'journal.jsonl'), join(folder, 'journal.jsonl'));
  await writeFile(join(folder, 'journal.jsonl'), change(Buffer.from(bytes)));
  return folder;
}

function flip(journal: Buffer, at: number): Buffer {
  journal[at] = (journal[at] ?? 0) ^ 1;
  return journal;
}

/** Where the n-th line begins. */
function lineStart(line: number): number {
  let at = 0;
  for (let count = 0; count < line; count += 1) at = bytes.indexOf('\n', at) + 1;
  return at;
}

beforeEach(async () => {
  sound = await newFolder();
  const rig = await openRig({ invoker: fanApp(), directory: sound });
  await rig.startNew('fan', 'f', 0);
  expect((await rig.finished('f')).output).toBe(output);
  await rig.engine.stop(1000);
  bytes = await readFile(join(sound, 'journal.jsonl'));
});
afterEach(cleanUp);

describe(`the journal, seed ${String(seed)}`, () => {
  it('cut at any byte behind its first record, it goes on to the same output', async () => {
    const random = createSeededRandom(seed);
    for (let round = 0; round < 25; round += 1) {
      const length = random.between(lineStart(2), bytes.length);
      const directory = await damaged(`cut${String(round)}`, (journal) => journal.subarray(0, length));
      const rig = await openRig({ invoker: fanApp(), directory });
      expect((await rig.finished('f')).output, `cut at ${String(length)}`).toBe(output);
      await rig.engine.stop(1000);
    }
  });

  it('with a damaged last record, it goes on from the one before', async () => {
    const random = createSeededRandom(seed + 1);
    const last = bytes.lastIndexOf('\n', bytes.length - 2) + 1;
    for (let round = 0; round < 10; round += 1) {
      const at = random.between(last, bytes.length - 2);
      const directory = await damaged(`tail${String(round)}`, (journal) => flip(journal, at));
      const rig = await openRig({ invoker: fanApp(), directory });
      expect((await rig.finished('f')).output, `flipped at ${String(at)}`).toBe(output);
      await rig.engine.stop(1000);
    }
  });

  it('damaged before sound records, it is refused and left as it is', async () => {
    const random = createSeededRandom(seed + 2);
    const last = bytes.lastIndexOf('\n', bytes.length - 2) + 1;
    for (let round = 0; round < 10; round += 1) {
      const at = random.between(lineStart(1), last - 2);
      const directory = await damaged(`middle${String(round)}`, (journal) => flip(journal, at));
      const before = await readFile(join(directory, 'journal.jsonl'));
      await expect(
        openRig({ invoker: fanApp(), directory }),
        `flipped at ${String(at)}`,
      ).rejects.toMatchObject({
        code: 'corrupt',
      });
      expect((await readFile(join(directory, 'journal.jsonl'))).equals(before)).toBe(true);
    }
  });
});
