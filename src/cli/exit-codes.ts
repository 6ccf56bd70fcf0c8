import type { JobStatus } from '../job/status.js';

/** Exit codes of `tranship`; scripts rely on them, so they never change their meaning. */
export const exitCodes = {
  /** The job completed, or the command did what it says. */
  completed: 0,
  /** A flag, a URL or a file is wrong, or the API refused the request. */
  refused: 1,
  /** The job ended, and some objects failed or were in conflict. */
  completedWithErrors: 2,
  failed: 3,
  cancelled: 4,
  /** The job is paused or its plan waits for approval: it goes on only when a person says so. */
  waitsForPerson: 5,
  unreachable: 6,
  /** Ctrl-C; the job itself goes on. 128 + SIGINT, as shells count. */
  interrupted: 130,
} as const;

const byStatus: Readonly<Record<JobStatus, number>> = {
  Queued: exitCodes.completed,
  Running: exitCodes.completed,
  Paused: exitCodes.waitsForPerson,
  AwaitingApproval: exitCodes.waitsForPerson,
  Completed: exitCodes.completed,
  CompletedWithErrors: exitCodes.completedWithErrors,
  Failed: exitCodes.failed,
  Cancelled: exitCodes.cancelled,
};

/** The exit code of a command that waited for a job, or left it under way (0). */
export function exitCodeOf(status: JobStatus): number {
  return byStatus[status];
}

/** Ends the command with `exitCode`; `message` is one sentence for people, `advice` says what to do next. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: number;
  readonly advice: string | undefined;
  /** The field of the request that the API refused. */
  readonly field: string | undefined;

  constructor(exitCode: number, message: string, advice?: string, field?: string) {
    super(message);
    this.exitCode = exitCode;
    this.advice = advice;
    this.field = field;
  }
}

/** Bad input: exit code 1. */
export function badInput(message: string, advice?: string): CliError {
  return new CliError(exitCodes.refused, message, advice);
}
