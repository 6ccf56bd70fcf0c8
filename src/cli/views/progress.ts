import { SingleBar } from 'cli-progress';
import { settledCount, zeroCounts } from '../../job/outcome.js';
import type { CliContext } from '../context.js';
import type { JobView } from './job-view.js';
import { formatBytes, formatCount, formatDuration } from './printable.js';

/** Shows how a job goes, on a terminal as a bar, otherwise as lines. */
export interface Progress {
  update(job: JobView): void;
  /** Leaves the terminal clean; further calls do nothing. */
  stop(): void;
}

/** Plain lines come at a change of phase or status, and otherwise this far apart. */
const lineEveryMs = 5000;

/** Objects and bytes per second, over the last few seconds. */
interface Rate {
  readonly objects: number;
  readonly sizeBytes: number;
}

const rateWindowMs = 10_000;

function createRateMeter(now: () => number): (objects: number, sizeBytes: number) => Rate {
  const samples: { at: number; objects: number; sizeBytes: number }[] = [];
  return (objects, sizeBytes) => {
    const at = now();
    samples.push({ at, objects, sizeBytes });
    while (samples.length > 2 && at - (samples[0]?.at ?? at) > rateWindowMs) {
      samples.shift();
    }
    const first = samples[0] ?? { at, objects, sizeBytes };
    const seconds = Math.max(0.001, (at - first.at) / 1000);
    return at === first.at
      ? { objects: 0, sizeBytes: 0 }
      : { objects: (objects - first.objects) / seconds, sizeBytes: (sizeBytes - first.sizeBytes) / seconds };
  };
}

/** Share of the work that is done, 0 to 1: by bytes and objects alike, so that neither small nor large ones mislead. */
function shareDone(job: JobView): number {
  const counts = job.counts ?? zeroCounts;
  const bytes = job.bytes ?? { planned: 0, copied: 0 };
  const objects = counts.planned === 0 ? 0 : settledCount(counts) / counts.planned;
  const share = bytes.planned === 0 ? objects : (objects + bytes.copied / bytes.planned) / 2;
  return Math.min(1, Math.max(0, share));
}

function describe(job: JobView, rate: Rate): string {
  const counts = job.counts ?? zeroCounts;
  const bytes = job.bytes ?? { planned: 0, copied: 0 };
  const troubles = counts.failed + counts.conflicts;
  return [
    `${formatCount(settledCount(counts))} of ${formatCount(counts.planned)} objects`,
    `${formatBytes(bytes.copied)} of ${formatBytes(bytes.planned)}`,
    `${formatCount(rate.objects)}/s`,
    `${formatBytes(Math.round(rate.sizeBytes))}/s`,
    ...(job.etaSeconds == null ? [] : [`ETA ${formatDuration(job.etaSeconds)}`]),
    ...(troubles === 0 ? [] : [`${formatCount(troubles)} failed`]),
  ].join(' · ');
}

function stage(job: JobView): string {
  return job.status === 'Running' ? (job.phase ?? 'Running') : job.status;
}

/** A bar when the context has a terminal, plain lines on standard error otherwise. */
export function createProgress(context: CliContext): Progress {
  const meter = createRateMeter(() => context.now());
  return context.terminal === undefined ? createLines(context, meter) : createBar(context.terminal, meter);
}

type Meter = ReturnType<typeof createRateMeter>;

function rateOf(job: JobView, meter: Meter): Rate {
  return meter(settledCount(job.counts ?? zeroCounts), job.bytes?.copied ?? 0);
}

function createLines(context: CliContext, meter: Meter): Progress {
  let shownAt = Number.NEGATIVE_INFINITY;
  let shownStage = '';
  let stopped = false;
  return {
    update: (job) => {
      const rate = rateOf(job, meter);
      const now = context.now();
      if (stopped || (stage(job) === shownStage && now - shownAt < lineEveryMs)) {
        return;
      }
      shownAt = now;
      shownStage = stage(job);
      context.stderr.write(`${shownStage} ${(100 * shareDone(job)).toFixed(1)} % · ${describe(job, rate)}\n`);
    },
    stop: () => {
      stopped = true;
    },
  };
}

function createBar(terminal: NodeJS.WriteStream, meter: Meter): Progress {
  const bar = new SingleBar({
    format: '{stage} [{bar}] {percent} %  {detail}',
    stream: terminal,
    hideCursor: true,
    barsize: 24,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    linewrap: false,
    gracefulExit: false,
  });
  let state: 'new' | 'shown' | 'stopped' = 'new';
  return {
    update: (job) => {
      const payload = {
        stage: stage(job).padEnd(8),
        percent: (100 * shareDone(job)).toFixed(1).padStart(5),
        detail: describe(job, rateOf(job, meter)),
      };
      if (state === 'new') {
        bar.start(1000, 0, payload);
        state = 'shown';
      }
      if (state === 'shown') {
        bar.update(Math.round(1000 * shareDone(job)), payload);
      }
    },
    stop: () => {
      if (state === 'shown') {
        bar.stop();
      }
      state = 'stopped';
    },
  };
}
