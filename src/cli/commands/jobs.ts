import type { Command } from 'commander';
import { outcomeKinds, type OutcomeKind } from '../../job/outcome.js';
import { jobStatuses, type JobStatus } from '../../job/status.js';
import type { JobAction } from '../api/api-client.js';
import type { CliContext } from '../context.js';
import { badInput, exitCodeOf, exitCodes } from '../exit-codes.js';
import { parseBoolean, parseList, parseTime, parseWhole, parseWord } from '../flags/flag-values.js';
import { jobTableHead, jobTableRow } from '../views/job-table.js';
import { formatTable, reportFormats, tableHead, type ReportFormat } from '../views/report-format.js';
import { writeJob } from '../views/result.js';
import { statusText } from '../views/summary.js';
import { watchJob } from '../watch.js';
import { openSession, withSessionOptions } from './session.js';

type Options = Readonly<Record<string, string>>;
type Done = (exitCode: number) => void;

function wordsOf<T extends string>(words: readonly T[]): Readonly<Record<string, T>> {
  return Object.fromEntries(words.map((word) => [word, word]));
}

/** Adds `tranship jobs ...`. `done` receives the exit code. */
export function addJobsCommand(program: Command, context: CliContext, done: Done): void {
  const jobs = program.command('jobs').description('list, watch and steer jobs, and read their reports');
  addList(jobs, context, done);
  addShow(jobs, context, done);
  addWatch(jobs, context, done);
  addReport(jobs, context, done);
  const actions: readonly [JobAction, string, boolean][] = [
    ['pause', 'stop after the requests in flight; nothing is lost', false],
    ['resume', 'go on with a paused job', true],
    ['cancel', 'end a job; what was copied stays', false],
    ['retry', 'start a new job over what failed', true],
    ['approve', 'run the plan that waits, named by its hash', true],
  ];
  for (const [action, description, waits] of actions) {
    addAction(jobs, action, description, waits, context, done);
  }
}

function addList(jobs: Command, context: CliContext, done: Done): void {
  const command = jobs
    .command('list')
    .description('jobs, newest first')
    .option('--status <status>', jobStatuses.join(', '))
    .option('--with-status <status>', "AzCopy's word for --status")
    .option('--from <time>', 'only jobs started at or after this ISO 8601 time')
    .option('--top <count>', 'at most so many (default: 50)');
  withSessionOptions(command).action(async (options: Options) => {
    const status = options['status'] ?? options['withStatus'];
    const top = parseWhole('--top', options['top'] ?? '50', 1);
    const query: Record<string, string> = {
      ...(status === undefined
        ? {}
        : { status: parseWord('--status', status, wordsOf<JobStatus>(jobStatuses)) }),
      ...(options['from'] === undefined ? {} : { from: parseTime('--from', options['from']) }),
      top: String(Math.min(top, 100)),
    };
    const session = await openSession(options, context);
    const found = [];
    for await (const job of session.api.jobs(query)) {
      found.push(job);
      if (found.length === top) {
        break;
      }
    }
    context.stdout.write(
      session.form === 'json'
        ? `${JSON.stringify(found)}\n`
        : [jobTableHead, ...found.map(jobTableRow)].join(''),
    );
    done(exitCodes.completed);
  });
}

function addShow(jobs: Command, context: CliContext, done: Done): void {
  const command = jobs.command('show').description('one job as it is now').argument('<id>');
  withSessionOptions(command).action(async (id: string, options: Options) => {
    const session = await openSession(options, context);
    writeJob(await session.api.job(id), session.form, context);
    done(exitCodes.completed);
  });
}

function addWatch(jobs: Command, context: CliContext, done: Done): void {
  const command = jobs
    .command('watch')
    .description('show progress until the job ends or waits for a person')
    .argument('<id>');
  withSessionOptions(command).action(async (id: string, options: Options) => {
    const session = await openSession(options, context);
    const job = await watchJob(session.api, id, context);
    writeJob(job, session.form, context);
    done(exitCodeOf(job.status));
  });
}

function addReport(jobs: Command, context: CliContext, done: Done): void {
  const command = jobs
    .command('report')
    .description('what happened to each object, or what the plan wants, with reasons')
    .argument('<id>')
    .option('--outcome <list>', `${outcomeKinds.join(', ')}, or all (default: all that did not succeed)`)
    .option('--view <view>', 'plan or outcomes (default: the plan while nothing has been done)')
    .option('--format <format>', `${reportFormats.join(', ')} (default: table; ndjson with --output json)`);
  withSessionOptions(command).action(async (id: string, options: Options) => {
    const view =
      options['view'] === undefined
        ? undefined
        : parseWord('--view', options['view'], { plan: 'plan', outcomes: 'outcomes' } as const);
    const outcome = outcomesOf(options['outcome']);
    const session = await openSession(options, context);
    const format = options['format'] ?? (session.form === 'json' ? 'ndjson' : 'table');
    const chosen = parseWord('--format', format, wordsOf<ReportFormat>(reportFormats));
    const pages = session.api.report(id, {
      ...(outcome === undefined ? {} : { outcome }),
      ...(view === undefined ? {} : { view }),
      csv: chosen === 'csv',
    });
    context.stdout.write(chosen === 'table' ? tableHead : '');
    for await (const page of pages) {
      context.stdout.write(chosen === 'table' ? formatTable(page) : page);
    }
    done(exitCodes.completed);
  });
}

/** Outcomes may be separated by `;` as all lists of the CLI, or by commas as in the API. */
function outcomesOf(text: string | undefined): string | undefined {
  if (text === undefined || text.toLowerCase() === 'all') {
    return text?.toLowerCase();
  }
  return parseList('--outcome', text.replaceAll(',', ';'))
    .map((word) => parseWord('--outcome', word, wordsOf<OutcomeKind>(outcomeKinds)))
    .join(',');
}

function addAction(
  jobs: Command,
  action: JobAction,
  description: string,
  waits: boolean,
  context: CliContext,
  done: Done,
): void {
  const command = jobs.command(action).description(description).argument('<id>');
  if (action === 'approve') {
    command.option('--plan-hash <hash>', 'the plan that you have read; see "jobs show"');
  }
  command.option('--wait <bool>', `stay and show progress (default: ${String(waits)})`);
  withSessionOptions(command).action(async (id: string, options: Options) => {
    const wait = parseBoolean('--wait', options['wait'] ?? String(waits));
    const session = await openSession(options, context);
    const body = action === 'approve' ? { planHash: planHashOf(id, options) } : undefined;
    const after = await session.api.act(id, action, context.newId(), body);
    context.stderr.write(`Job ${after.id} is ${statusText(after)}.\n`);
    const job = wait ? await watchJob(session.api, after.id, context) : after;
    writeJob(job, session.form, context);
    done(wait ? exitCodeOf(job.status) : exitCodes.completed);
  });
}

function planHashOf(id: string, options: Options): string {
  const hash = options['planHash'];
  if (hash === undefined) {
    throw badInput(
      '--plan-hash is missing: a plan is approved by its hash, so that nobody approves another one.',
      `Read it: tranship jobs show ${id}`,
    );
  }
  return hash;
}
