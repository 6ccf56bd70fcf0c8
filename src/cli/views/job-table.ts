import { zeroCounts } from '../../job/outcome.js';
import type { JobView } from './job-view.js';
import { formatBytes, formatCount, printable } from './printable.js';

const widths = { id: 36, status: 19, started: 20, planned: 12, copied: 12, failed: 9, bytes: 11 } as const;

/** Column titles of `jobs list`. */
export const jobTableHead = `${[
  'ID'.padEnd(widths.id),
  'STATUS'.padEnd(widths.status),
  'STARTED'.padEnd(widths.started),
  'PLANNED'.padStart(widths.planned),
  'COPIED'.padStart(widths.copied),
  'FAILED'.padStart(widths.failed),
  'BYTES'.padStart(widths.bytes),
].join(' ')}\n`;

/** One job as one line. */
export function jobTableRow(job: JobView): string {
  const counts = job.counts ?? zeroCounts;
  return `${[
    printable(job.id).padEnd(widths.id),
    job.status.padEnd(widths.status),
    (job.startedAt ?? '').replace(/\.\d+Z$/, 'Z').padEnd(widths.started),
    formatCount(counts.planned).padStart(widths.planned),
    formatCount(counts.copied).padStart(widths.copied),
    formatCount(counts.failed + counts.conflicts).padStart(widths.failed),
    formatBytes(job.bytes?.copied ?? 0).padStart(widths.bytes),
  ].join(' ')}\n`;
}
