import type { HttpRequest } from '@azure/functions';
import { csvHeader, toCsv } from '../../report/csv.js';
import { readPlan } from '../../report/plan-page.js';
import { parseOutcomes, readReport } from '../../report/report-page.js';
import { ContinuationError } from '../../report/walk.js';
import { outcomeKinds } from '../../job/outcome.js';
import type { Board } from '../../record/board.js';
import type { JobRecord } from '../../record/job-record.js';
import { jobOfRequest } from './job-of-request.js';
import { invalidContinuation, invalidQuery, pageLink, readCount, readQuery } from './query.js';
import type { Handler, Route } from './route.js';

const views = ['plan', 'outcomes'] as const;

const report: Handler = async ({ state }, request) => {
  const query = readQuery(request, ['outcome', 'view', 'top', 'continuation']);
  const { record, board } = await jobOfRequest(state, request);
  const outcomes = parseOutcomes(query.outcome);
  if (outcomes === undefined) {
    throw invalidQuery(
      'outcome',
      'there is no such outcome',
      `Give "all", or some of: ${outcomeKinds.join(', ')}.`,
    );
  }
  const view = query.view === undefined ? viewOf(record, board) : views.find((name) => name === query.view);
  if (view === undefined) throw invalidQuery('view', 'there is no such view', 'Give "plan" or "outcomes".');
  const maxLines = readCount('top', query.top, { fallback: 1000, max: 5000 });
  const { continuation: token } = query;
  const options = { outcomes, maxLines, ...(token === undefined ? {} : { token }) };
  const read = view === 'plan' ? readPlan : readReport;
  const page = await read(state, { record, board }, options).catch((error: unknown) => {
    throw error instanceof ContinuationError ? invalidContinuation() : error;
  });
  const csv = wantsCsv(request);
  const link = pageLink(`/api/jobs/${record.id}/report`, { ...query, view, continuation: page.next });
  return {
    status: 200,
    headers: {
      'content-type': csv ? 'text/csv; charset=utf-8; header=present' : 'application/x-ndjson',
      'cache-control': 'no-store',
      vary: 'accept',
      ...(page.next === undefined ? {} : { link: `<${link}>; rel="next"` }),
    },
    body: csv
      ? (token === undefined ? csvHeader : '') + toCsv(page.lines)
      : page.lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
  };
};

/** A job that has only planned shows its plan. */
function viewOf(record: JobRecord, board: Board): (typeof views)[number] {
  return record.spec.dryRun || board.status === 'AwaitingApproval' ? 'plan' : 'outcomes';
}

function wantsCsv(request: HttpRequest): boolean {
  const accepted = (request.headers.get('accept') ?? '').toLowerCase().split(',');
  return accepted.some((type) => type.split(';')[0]?.trim() === 'text/csv');
}

/** The report of a job. */
export const reportRoutes: readonly Route[] = [
  { name: 'showReport', method: 'GET', path: 'jobs/{id}/report', access: 'Copy.Read', handler: report },
];
