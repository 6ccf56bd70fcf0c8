import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { azcopyMessages, azcopySummary } from '../support/foreign-clients.js';
import { WitnessRig, type Place } from '../support/witness-rig.js';

let witness: WitnessRig;
beforeAll(async () => {
  witness = await WitnessRig.start();
});
afterEach(() => witness.faults());
afterAll(() => witness.stop());

const mebibyte = 2 ** 20;
const blocks = 16;
const azcopyBlocks = '--block-size-mb=1';
const ourBlocks = { singleShotBytes: mebibyte, blockSizeBytes: mebibyte, maxInFlight: 2 };
/** Two blocks at a time, so that there is a middle of the copy to reach. */
const twoAtATime = { AZCOPY_CONCURRENCY_VALUE: '2' };

/** A place with one object of 16 blocks full of ones, whose blocks take their time. */
async function slowBlocks(name: string): Promise<Place> {
  const place = await witness.place(name);
  await write(place, 1);
  await witness.faults({ container: name, operation: 'PutBlockFromUrl', delayMs: 150 });
  return place;
}

async function write(place: Place, byte: number): Promise<void> {
  await place.source.blob('big').upload(Buffer.alloc(blocks * mebibyte, byte), blocks * mebibyte);
}

/** Which bytes the copy is made of. */
async function bytesOf(place: Place): Promise<readonly number[]> {
  return [...new Set(await place.target.blob('big').downloadToBuffer())].sort();
}

function startAzCopy(name: string, ...flags: readonly string[]) {
  const [source, target] = [witness.foreign.url('source', name), witness.foreign.url('target', name)];
  const words = [
    'copy',
    source,
    target,
    '--from-to=BlobBlob',
    '--recursive',
    azcopyBlocks,
    '--output-type=json',
  ];
  return witness.foreign.startAzCopy([...words, ...flags], twoAtATime);
}

describe('G1: the source is overwritten in the middle of a copy by blocks', () => {
  it('AzCopy, G1: the copy is Completed, and is half the one and half the other version', async () => {
    const place = await slowBlocks('g1-azcopy');
    const { ended } = startAzCopy(place.name);
    await witness.untilDone(place.name, 'PutBlockFromUrl', 4);
    await write(place, 2);
    const end = await ended;
    expect(end.exitCode).toBe(0);
    expect(azcopySummary(end).JobStatus).toBe('Completed');
    expect(await bytesOf(place)).toEqual([1, 2]);
  });

  it('Tranship, G1: the copy is the whole new version', async () => {
    const place = await slowBlocks('g1-tranship');
    const id = await witness.rig.startJob({ ...witness.job(place.name), ...ourBlocks });
    await witness.untilDone(place.name, 'PutBlockFromUrl', 4);
    await write(place, 2);
    const job = await witness.rig.settled(id);
    expect(job).toMatchObject({ status: 'Completed', counts: { copied: 1 } });
    expect(await bytesOf(place)).toEqual([2]);
  });
});

describe('G3: the program is killed in the middle of a copy by blocks', () => {
  it('AzCopy, G3: resume stages every block again', async () => {
    const place = await slowBlocks('g3-azcopy');
    const killed = startAzCopy(place.name);
    await witness.untilDone(place.name, 'PutBlockFromUrl', 6);
    killed.kill('SIGKILL');
    const [init] = azcopyMessages(await killed.ended, 'Init');
    const { JobID } = JSON.parse(init ?? '{}') as { readonly JobID: string };
    await witness.faults();
    await witness.rig.clearJournal();
    const resumed = await witness.foreign.azcopy(
      ...['jobs', 'resume', JobID],
      `--source-sas=${witness.foreign.sas('source')}`,
      `--destination-sas=${witness.foreign.sas('target')}`,
    );
    expect(resumed.exitCode).toBe(0);
    expect(await witness.sent(place.name, 'PutBlockFromUrl')).toHaveLength(blocks);
  });

  it('Tranship, G3: blocks that were staged stay staged', async () => {
    const place = await slowBlocks('g3-tranship');
    const id = await witness.rig.startJob({ ...witness.job(place.name), ...ourBlocks });
    await witness.untilDone(place.name, 'PutBlockFromUrl', 6);
    await witness.rig.local.killHost('SIGKILL');
    await witness.faults();
    await witness.rig.clearJournal();
    await witness.rig.local.startHost();
    const job = await witness.rig.settled(id);
    expect(job).toMatchObject({ status: 'Completed', counts: { copied: 1 } });
    expect((await witness.sent(place.name, 'PutBlockFromUrl')).length).toBeLessThanOrEqual(blocks - 6);
    expect(await bytesOf(place)).toEqual([1]);
  });
});
