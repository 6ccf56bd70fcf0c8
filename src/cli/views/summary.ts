import { settledCount, zeroCounts } from '../../job/outcome.js';
import { isTerminal } from '../../job/status.js';
import type { JobView } from './job-view.js';
import { formatBytes, formatCount, formatDuration, printable, shortened } from './printable.js';

/** What a person reads about a job: status, counts with the conservation law, requests, warnings, what to do next. */
export function summarize(job: JobView): string {
  const lines: [string, string][] = [
    ['Job', job.id],
    ['Status', statusText(job)],
    ...optional('From', job.source),
    ...optional('To', job.destination),
    ...countLines(job),
    ...bytesLine(job),
    ...requestLine(job),
    ...timeLine(job),
    ...(job.warnings ?? []).map((warning): [string, string] => ['Warning', sentenceOf(warning)]),
    ...(job.errors ?? []).map((error): [string, string] => [
      'Error',
      `${error.code ?? 'unexpected'}: ${shortened(error.key ?? '', 80)}${error.message == null ? '' : `: ${error.message}`}`,
    ]),
    ...optional('Plan hash', job.planHash),
  ];
  const width = Math.max(...lines.map(([label]) => label.length));
  const text = lines.map(([label, value]) => `${label.padEnd(width)}  ${printable(value)}\n`).join('');
  const next = nextStep(job);
  return next === undefined ? text : `${text}\n${next}\n`;
}

/** The status, what was asked for and is not in effect yet, and the reason. */
export function statusText(job: JobView): string {
  const pending = job.pending == null ? '' : `, ${job.pending} asked for`;
  return `${job.status}${pending}${job.reason == null ? '' : ` (${job.reason})`}`;
}

function optional(label: string, value: string | null | undefined): [string, string][] {
  return value == null || value === '' ? [] : [[label, value]];
}

function countLines(job: JobView): [string, string][] {
  const counts = job.counts;
  if (counts == null) {
    return [];
  }
  const parts = [
    `${formatCount(counts.copied)} copied`,
    `${formatCount(counts.skipped)} skipped`,
    `${formatCount(counts.deleted)} deleted`,
    `${formatCount(counts.failed)} failed`,
    `${formatCount(counts.conflicts)} conflicts`,
    `${formatCount(counts.notAttempted)} not attempted`,
  ].join(' + ');
  if (!isTerminal(job.status)) {
    return [['Objects', `${formatCount(counts.planned)} planned so far: ${parts}`]];
  }
  const law =
    settledCount(counts) === counts.planned ? '=' : `≠ (${formatCount(settledCount(counts))} accounted for)`;
  return [['Objects', `${formatCount(counts.planned)} planned ${law} ${parts}`]];
}

function bytesLine(job: JobView): [string, string][] {
  return job.bytes == null
    ? []
    : [['Bytes', `${formatBytes(job.bytes.copied)} copied of ${formatBytes(job.bytes.planned)} planned`]];
}

function requestLine(job: JobView): [string, string][] {
  const requests = job.requests;
  if (requests == null) {
    return [];
  }
  const text = [
    `${formatCount(requests.source)} source`,
    `${formatCount(requests.destination)} destination`,
    `${formatCount(requests.state)} state`,
  ].join(', ');
  return [['Requests', text]];
}

function timeLine(job: JobView): [string, string][] {
  if (job.startedAt == null || job.finishedAt == null) {
    return [];
  }
  const seconds = (Date.parse(job.finishedAt) - Date.parse(job.startedAt)) / 1000;
  const copied = (job.counts ?? zeroCounts).copied;
  const rate = seconds > 0 && copied > 0 ? `, ${formatCount(copied / seconds)} objects/s` : '';
  return [['Time', `${formatDuration(seconds)}${rate}`]];
}

function sentenceOf(warning: unknown): string {
  if (typeof warning === 'string') {
    return warning;
  }
  const known =
    typeof warning === 'object' && warning !== null && 'message' in warning ? warning.message : warning;
  return typeof known === 'string' ? known : JSON.stringify(known);
}

function nextStep(job: JobView): string | undefined {
  const counts = job.counts ?? zeroCounts;
  switch (job.status) {
    case 'AwaitingApproval':
      return `The plan waits for you. Read it: tranship jobs report ${job.id}\nRun it: tranship jobs approve ${job.id} --plan-hash ${job.planHash ?? 'HASH'}`;
    case 'Paused':
      return `Go on: tranship jobs resume ${job.id}`;
    case 'CompletedWithErrors':
    case 'Failed':
      return counts.failed + counts.conflicts + counts.notAttempted === 0
        ? undefined
        : `What failed, and why: tranship jobs report ${job.id}${retryHint(job)}`;
    case 'Queued':
    case 'Running':
      return `Watch it: tranship jobs watch ${job.id}`;
    default:
      return undefined;
  }
}

/** What an incremental backup, or a restore from one, left over is not retried. */
function retryHint({ id, spec }: JobView): string {
  return spec?.backup === undefined ? `\nTry only that again: tranship jobs retry ${id}` : '';
}
