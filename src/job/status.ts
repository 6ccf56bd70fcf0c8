export const jobStatuses = [
  'Queued',
  'Running',
  'Paused',
  'AwaitingApproval',
  'Completed',
  'CompletedWithErrors',
  'Failed',
  'Cancelled',
] as const;
export type JobStatus = (typeof jobStatuses)[number];

export const jobPhases = ['prepare', 'plan', 'copy', 'delete', 'close'] as const;
export type JobPhase = (typeof jobPhases)[number];

/** Phases whose lanes do work; a run goes through some of them in this order. */
export type WorkPhase = 'plan' | 'copy' | 'delete';

/** Where a job may go from each status. A terminal status has no way out: a retry is a new job. */
export const statusTransitions: Readonly<Record<JobStatus, readonly JobStatus[]>> = {
  Queued: ['Running', 'Paused', 'Cancelled', 'Failed'],
  // Back to Queued when a run died and its successor is recorded.
  Running: [
    'Queued',
    'Paused',
    'AwaitingApproval',
    'Completed',
    'CompletedWithErrors',
    'Failed',
    'Cancelled',
  ],
  Paused: ['Queued', 'Cancelled'],
  AwaitingApproval: ['Queued', 'Cancelled'],
  Completed: [],
  CompletedWithErrors: [],
  Failed: [],
  Cancelled: [],
};

/** True when nothing about the job will change any more. */
export function isTerminal(status: JobStatus): boolean {
  return statusTransitions[status].length === 0;
}
