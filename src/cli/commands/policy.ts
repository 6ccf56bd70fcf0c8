import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { parseJson } from '../api/api-sender.js';
import type { CliContext } from '../context.js';
import { badInput, exitCodeOf, exitCodes } from '../exit-codes.js';
import { parseBoolean } from '../flags/flag-values.js';
import { pointTableHead, pointTableRow } from '../views/point-view.js';
import { policyTableHead, policyTableRow, policyText, type PolicyView } from '../views/policy-view.js';
import { writeJob } from '../views/result.js';
import { watchJob } from '../watch.js';
import { openSession, type Session, withSessionOptions } from './session.js';

type Options = Readonly<Record<string, string>>;
type Done = (exitCode: number) => void;

/** Adds `tranship policy ...`. `done` receives the exit code. */
export function addPolicyCommand(program: Command, context: CliContext, done: Done): void {
  const policy = program.command('policy').description('schedules and backups: what starts jobs by itself');
  addList(policy, context, done);
  addShow(policy, context, done);
  addSet(policy, context, done);
  addPoints(policy, context, done);
  addRemove(policy, context, done);
  addRun(policy, context, done);
  addRetry(policy, context, done);
  addChange(policy, 'pause', 'start nothing more; what runs already goes on', context, done);
  addChange(policy, 'resume', 'start jobs again; what came due meanwhile is not made up for', context, done);
}

function addList(policy: Command, context: CliContext, done: Done): void {
  const command = policy.command('list').description('policies by name');
  withSessionOptions(command).action(async (options: Options) => {
    const session = await openSession(options, context);
    const found = await session.policies.list();
    context.stdout.write(
      session.form === 'json'
        ? `${JSON.stringify(found)}\n`
        : [policyTableHead, ...found.map(policyTableRow)].join(''),
    );
    done(exitCodes.completed);
  });
}

function addShow(policy: Command, context: CliContext, done: Done): void {
  const command = policy
    .command('show')
    .description('one policy, with the body that "policy set" takes')
    .argument('<name>');
  withSessionOptions(command).action(async (name: string, options: Options) => {
    const session = await openSession(options, context);
    writePolicy(session, await session.policies.show(name));
    done(exitCodes.completed);
  });
}

function addSet(policy: Command, context: CliContext, done: Done): void {
  const command = policy
    .command('set')
    .description('create a policy, or replace it')
    .argument('<name>')
    .option('--file <file>', 'JSON: kind, schedule, job, backup')
    .option('--if-match <etag>', 'only if the policy is still this version');
  withSessionOptions(command).action(async (name: string, options: Options) => {
    const body = await bodyOf(options['file'], context);
    const session = await openSession(options, context);
    const policy = await session.policies.save(name, body, options['ifMatch']);
    context.stderr.write(`Policy ${policy.name} is saved.\n`);
    writePolicy(session, policy);
    done(exitCodes.completed);
  });
}

async function bodyOf(file: string | undefined, context: CliContext): Promise<string> {
  if (file === undefined)
    throw badInput('--file is missing.', 'Give the policy as a JSON file: see docs/schedules.md.');
  const text = await readFile(resolve(context.workingDirectory, file), 'utf8').catch(() => undefined);
  if (text === undefined) throw badInput(`${file} cannot be read.`);
  if (parseJson(text) === undefined) throw badInput(`${file} is not JSON.`);
  return text;
}

function addPoints(policy: Command, context: CliContext, done: Done): void {
  const command = policy
    .command('points')
    .description('backups of a policy, newest first: what "restore" can bring back')
    .argument('<name>');
  withSessionOptions(command).action(async (name: string, options: Options) => {
    const session = await openSession(options, context);
    const found = await session.policies.points(name);
    context.stdout.write(
      session.form === 'json'
        ? `${JSON.stringify(found)}\n`
        : [pointTableHead, ...found.map(pointTableRow)].join(''),
    );
    done(exitCodes.completed);
  });
}

function addRemove(policy: Command, context: CliContext, done: Done): void {
  const command = policy
    .command('remove')
    .description('remove a policy; its jobs and backups stay')
    .argument('<name>');
  withSessionOptions(command).action(async (name: string, options: Options) => {
    const session = await openSession(options, context);
    await session.policies.remove(name);
    context.stderr.write(`Policy ${name} is removed.\n`);
    done(exitCodes.completed);
  });
}

function addRun(policy: Command, context: CliContext, done: Done): void {
  const command = policy
    .command('run')
    .description('start its job now, beside the schedule')
    .argument('<name>')
    .option('--wait <bool>', 'stay and show progress (default: true)');
  withSessionOptions(command).action(async (name: string, options: Options) => {
    const wait = parseBoolean('--wait', options['wait'] ?? 'true');
    const session = await openSession(options, context);
    const started = await session.policies.run(name, context.newId());
    context.stderr.write(`Job ${started.id} is started.\n`);
    const job = wait ? await watchJob(session.api, started.id, context) : started;
    writeJob(job, session.form, context);
    done(wait ? exitCodeOf(job.status) : exitCodes.completed);
  });
}

function addRetry(policy: Command, context: CliContext, done: Done): void {
  const command = policy
    .command('retry')
    .description('try again what a replication rule has given up')
    .argument('<name>');
  withSessionOptions(command).action(async (name: string, options: Options) => {
    const session = await openSession(options, context);
    const result = await session.policies.retry(name);
    const { retried, failed } = result;
    context.stdout.write(
      session.form === 'json'
        ? `${JSON.stringify(result)}\n`
        : `Tried again: ${String(retried)}; failed again: ${String(failed)}.\n`,
    );
    done(failed > 0 ? exitCodes.completedWithErrors : exitCodes.completed);
  });
}

function addChange(
  policy: Command,
  action: 'pause' | 'resume',
  description: string,
  context: CliContext,
  done: Done,
): void {
  const command = policy.command(action).description(description).argument('<name>');
  withSessionOptions(command).action(async (name: string, options: Options) => {
    const session = await openSession(options, context);
    const after = await session.policies.change(name, action);
    context.stderr.write(`Policy ${after.name} is ${after.paused ? 'paused' : 'active'}.\n`);
    writePolicy(session, after);
    done(exitCodes.completed);
  });
}

function writePolicy({ form, context }: Session, policy: PolicyView): void {
  context.stdout.write(form === 'json' ? `${JSON.stringify(policy)}\n` : policyText(policy));
}
