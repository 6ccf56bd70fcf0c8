import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalRig, numbered } from '../support/local-rig.js';

let rig: LocalRig;
beforeAll(async () => {
  rig = await LocalRig.start({ TRANSHIP_SLICE_MS: '15000' });
});
afterAll(() => rig.stop());

const mebibyte = 2 ** 20;
const pieceBytes = 64 * mebibyte;
/** Just above 1 GiB, from where blocks are shared out among lanes. */
const pieces = 17;
const blockBytes = pieceBytes / 2;

/**
 * Makes version 1 of the object, of which every 64 MiB differ, or stages the next one, which differs in every
 * fourth piece; the returned function makes that the object, in one request.
 */
async function stageLarge(name: string, version: number): Promise<() => Promise<unknown>> {
  const container = await rig.container('source', 'large');
  const piece = Buffer.alloc(pieceBytes);
  const ids: string[] = [];
  for (let index = 0; index < pieces; index += 1) {
    if (version > 1 && index % 4 !== 1) {
      ids.push(Buffer.from(`1-${String(index).padStart(6, '0')}`).toString('base64'));
      continue;
    }
    piece.fill(`${String(version)}-${String(index)} `.padEnd(16));
    const id = Buffer.from(`${String(version)}-${String(index).padStart(6, '0')}`).toString('base64');
    await container.blob(name).stageBlock(id, piece, piece.length);
    ids.push(id);
  }
  return () => container.blob(name).commitBlockList(ids, { metadata: { Version: String(version) } });
}

/** The first bytes of every 64 MiB: enough to tell versions and places apart. */
async function fingerprint(account: string, name: string): Promise<readonly string[]> {
  const container = await rig.container(account, 'large');
  const reads = Array.from({ length: pieces }, (_, index) =>
    container
      .blob(name)
      .downloadToBuffer(index * pieceBytes, 16)
      .then((bytes) => bytes.toString().trim()),
  );
  return Promise.all(reads);
}

describe('an object of 1,088 MiB', () => {
  it('is staged by at least four activities while hundreds of small objects go on, and anew when its source changes', async () => {
    const from = await rig.container('source', 'large');
    await rig.container('target', 'large');
    await rig.fill(from, numbered(1500, 'small/'));
    await (
      await stageLarge('huge', 1)
    )();
    const change = await stageLarge('huge', 2);
    await rig.clearJournal();
    // Slow enough that the source can change between two blocks.
    await rig.admin('POST', 'faults', { operation: 'PutBlockFromUrl', side: 'client', delayMs: 1000 });
    const id = await rig.startJob({
      source: rig.url('source', 'large'),
      destination: rig.url('target', 'large'),
      blockSizeBytes: blockBytes,
      maxInFlight: 32, // one a lane: the last of its eight blocks starts long after the first has ended
    });
    await stagedBlocks(3);
    await change();
    const job = await rig.settled(id, 240_000);
    expect(job.counts).toMatchObject({ planned: 1501, copied: 1501, failed: 0, conflicts: 0 });
    expect(await fingerprint('target', 'huge')).toEqual(await fingerprint('source', 'huge'));
    expect((await fingerprint('target', 'huge'))[5]).toBe('2-5');

    const requests = await rig.requests();
    const stages = requests.filter(
      ({ operation, status }) => operation === 'PutBlockFromUrl' && status === 201,
    );
    const invocations = new Set(
      stages.map(({ clientRequestId = '' }) => clientRequestId.replace(/\.\d+$/, '')),
    );
    const [first, last] = [stages[0]?.seq ?? 0, stages.at(-1)?.seq ?? 0];
    const between = requests.filter(
      ({ operation, seq }) => operation === 'PutBlobFromUrl' && seq > first && seq < last,
    );
    console.info(
      `${String(stages.length)} blocks staged by ${String(invocations.size)} activities, ` +
        `${String(between.length)} small objects copied meanwhile`,
    );
    expect(invocations.size).toBeGreaterThanOrEqual(4);
    expect(between.length).toBeGreaterThanOrEqual(500);
    expect(stages.length).toBeGreaterThan((pieces * pieceBytes) / blockBytes);
  }, 300_000);
});

/** Resolves when so many blocks of the destination have been staged. */
async function stagedBlocks(count: number): Promise<void> {
  for (;;) {
    const { entries } = await rig.admin('GET', 'journal?operation=PutBlockFromUrl&status=201&limit=10');
    if ((entries as readonly unknown[]).length >= count) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
