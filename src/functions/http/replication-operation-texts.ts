import type { OperationText } from './operation-text.js';
import { always } from './operation-text.js';

/** Texts of the operations on replication rules alone, by the name of the route. */
export const replicationOperationTexts: Readonly<Record<string, OperationText>> = {
  retryPolicy: {
    summary: 'Try again what a replication rule has given up, some hundred names a call',
    parameters: [],
    success: { status: 200, text: 'What was tried', schema: 'ReplicationRetry' },
    problems: [...always, 'policy-not-found'],
  },
};
