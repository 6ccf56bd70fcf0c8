import type { OperationText } from './operation-text.js';
import { always, startedJob, withBody } from './operation-text.js';

const policy = { status: 200, text: 'The policy', schema: 'Policy', headers: ['ETag'] } as const;

const example = {
  kind: 'schedule',
  schedule: { cron: '30 2 * * *', timeZone: 'Europe/Berlin', catchUp: 'last', overlap: 'skip' },
  job: {
    source: 'https://from.blob.core.windows.net/photos/',
    destination: 'https://to.blob.core.windows.net/backups/',
  },
  backup: { mode: 'full', retention: { keepLast: 7, weekly: 4, monthly: 12 } },
};

/** Texts of the operations on policies, by the name of the route. */
export const policyOperationTexts: Readonly<Record<string, OperationText>> = {
  listPolicies: {
    summary: 'List policies by name',
    parameters: [],
    success: { status: 200, text: 'All policies', schema: 'PolicyPage' },
    problems: always,
  },
  showPolicy: {
    summary: 'Show a policy',
    parameters: [],
    success: policy,
    problems: [...always, 'policy-not-found'],
  },
  savePolicy: {
    summary: 'Create a policy or replace it; what runs already goes on',
    parameters: ['If-Match', 'If-None-Match'],
    body: { schema: 'PolicyRequest', example },
    success: policy,
    also: { 201: 'The policy is new' },
    problems: [
      ...always,
      ...withBody,
      'invalid-location',
      'invalid-filter',
      'invalid-schedule',
      'source-destination-overlap',
      'policy-changed',
    ],
  },
  removePolicy: {
    summary: 'Remove a policy; its jobs and backups stay',
    parameters: ['If-Match'],
    success: { status: 204, text: 'It is gone' },
    problems: [...always, 'policy-not-found', 'policy-changed'],
  },
  runPolicy: {
    summary: "Start the policy's job now, beside its schedule",
    parameters: ['Idempotency-Key'],
    success: startedJob,
    problems: [...always, ...withBody, 'policy-not-found', 'destination-in-use'],
  },
  listPoints: {
    summary: 'List the backups of a policy, newest first; they outlive the policy',
    parameters: [],
    success: { status: 200, text: 'All backups', schema: 'PointPage' },
    problems: [...always, 'policy-not-found'],
  },
  restorePolicy: {
    summary: 'Start a job that restores a backup, whole or filtered, to where it came from or elsewhere',
    parameters: ['Idempotency-Key'],
    body: {
      schema: 'RestoreRequest',
      example: { destination: 'https://to.blob.core.windows.net/restored/', include: { path: ['2026'] } },
    },
    success: startedJob,
    problems: [
      ...always,
      ...withBody,
      'policy-not-found',
      'backup-not-found',
      'invalid-location',
      'invalid-filter',
      'source-destination-overlap',
      'destination-in-use',
      'idempotency-key-reused',
    ],
  },
  pausePolicy: {
    summary: 'Start nothing more until resumed; what runs already goes on',
    parameters: ['If-Match'],
    success: policy,
    problems: [...always, 'policy-not-found', 'policy-changed'],
  },
  resumePolicy: {
    summary: 'Start jobs again; what came due during the pause is not made up for',
    parameters: ['If-Match'],
    success: policy,
    problems: [...always, 'policy-not-found', 'policy-changed'],
  },
};
