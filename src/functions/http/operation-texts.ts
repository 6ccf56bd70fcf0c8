import type { OperationText } from './operation-text.js';
import { always, guarded, startedJob, withBody } from './operation-text.js';
import { policyOperationTexts } from './policy-operation-texts.js';
import { replicationOperationTexts } from './replication-operation-texts.js';

const jobExample = {
  source: 'https://from.blob.core.windows.net/photos/2026/',
  destination: 'https://to.blob.core.windows.net/archive/2026/',
  overwrite: 'ifDifferent',
  exclude: { pattern: ['*.tmp'] },
};

function action(summary: string): OperationText {
  return {
    summary,
    parameters: [],
    success: {
      status: 202,
      text: 'The job as it stands; it may take some seconds to be so',
      schema: 'Job',
      headers: ['Location', 'Retry-After'],
    },
    problems: [...always, ...withBody, 'not-found', 'invalid-transition'],
  };
}

/** Texts by the name of the route. */
export const operationTexts: Readonly<Record<string, OperationText>> = {
  createJob: {
    summary: 'Record and start a job',
    parameters: ['Idempotency-Key'],
    body: { schema: 'JobRequest', example: jobExample },
    success: startedJob,
    problems: [
      ...always,
      ...withBody,
      'invalid-location',
      'invalid-filter',
      'destination-in-use',
      'source-destination-overlap',
      'idempotency-key-reused',
    ],
  },
  preflight: {
    summary:
      "Prove each right that a job needs, by the smallest requests; nothing of the accounts' content changes",
    parameters: [],
    body: { schema: 'PreflightRequest', example: jobExample },
    success: { status: 200, text: 'What was proven, and what mends the rest', schema: 'Preflight' },
    problems: [
      ...always,
      ...withBody,
      'invalid-location',
      'invalid-filter',
      'source-destination-overlap',
      'not-found',
      'policy-not-found',
    ],
  },
  listJobs: {
    summary: 'List jobs, newest first',
    parameters: ['status', 'from', 'top', 'continuation'],
    success: { status: 200, text: 'A page of jobs', schema: 'JobPage' },
    problems: [...always, 'invalid-continuation'],
  },
  showJob: {
    summary: 'Show a job',
    parameters: ['If-None-Match'],
    success: { status: 200, text: 'The job', schema: 'Job', headers: ['ETag', 'Retry-After'] },
    also: { 304: 'Nothing has changed' },
    problems: [...always, 'not-found'],
  },
  pauseJob: action('Pause a job; nothing that is done is lost'),
  resumeJob: action('Resume a paused job'),
  cancelJob: action('Cancel a job; what is copied stays, the rest is counted as not attempted'),
  approveJob: {
    ...action('Approve the plan that waits, by its hash'),
    body: { schema: 'Approval', example: { planHash: '0'.repeat(64) } },
    problems: [...action('').problems, 'plan-changed'],
  },
  retryJob: {
    ...action('Start a new job over what this one did not copy'),
    parameters: ['Idempotency-Key'],
    problems: [
      ...guarded,
      ...withBody,
      'unexpected',
      'not-configured',
      'state-unavailable',
      'invalid-request',
      'not-found',
      'invalid-transition',
      'nothing-to-retry',
      'retry-not-possible',
      'destination-in-use',
      'idempotency-key-reused',
    ],
  },
  ...policyOperationTexts,
  ...replicationOperationTexts,
  showReport: {
    summary: "Read a job's report or plan",
    parameters: ['outcome', 'view', 'top', 'continuation', 'Accept'],
    success: {
      status: 200,
      text: 'A page of lines; it may be empty and still have a next one',
      schema: 'ReportLine',
      headers: ['Link'],
    },
    problems: [...always, 'not-found', 'invalid-continuation'],
  },
  identity: {
    summary: 'Who the app is towards storage; never a token',
    parameters: [],
    success: { status: 200, text: 'Each identity that is in use, once', schema: 'Identities' },
    problems: ['unexpected', 'not-configured'],
  },
  health: {
    summary: 'What is ready and what is not',
    parameters: [],
    success: { status: 200, text: 'Jobs can run', schema: 'Health' },
    also: { 503: 'Jobs cannot run' },
    problems: ['unexpected', 'not-configured'],
  },
  openapi: {
    summary: 'This description',
    parameters: [],
    success: { status: 200, text: 'OpenAPI 3.1' },
    problems: ['unexpected', 'not-configured'],
  },
};
