import type { OperationText } from './operation-texts.js';

/** Texts of the operations on replication rules alone, by the name of the route. */
export const replicationOperationTexts: Readonly<Record<string, OperationText>> = {
  retryPolicy: {
    summary: 'Try again what a replication rule has given up, some hundred names a call',
    parameters: [],
    success: { status: 200, text: 'What was tried', schema: 'ReplicationRetry' },
    problems: [
      'unauthenticated',
      'forbidden',
      'sign-in-unavailable',
      'invalid-request',
      'policy-not-found',
      'unexpected',
      'not-configured',
      'state-unavailable',
    ],
  },
};
