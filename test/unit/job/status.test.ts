import { describe, expect, it } from 'vitest';
import { isTerminal, jobStatuses, statusTransitions } from '../../../src/job/status.js';

describe('job status', () => {
  it('ends in exactly four statuses', () => {
    expect(jobStatuses.filter(isTerminal)).toEqual([
      'Completed',
      'CompletedWithErrors',
      'Failed',
      'Cancelled',
    ]);
  });

  it('leads from every status that is no end to an end', () => {
    for (const start of jobStatuses) {
      const reached = new Set([start]);
      for (const status of reached) statusTransitions[status].forEach((next) => reached.add(next));
      expect([...reached].some(isTerminal), start).toBe(true);
    }
  });

  it('can be cancelled from every status that is no end', () => {
    const open = jobStatuses.filter((status) => !isTerminal(status));
    expect(open.filter((status) => !statusTransitions[status].includes('Cancelled'))).toEqual([]);
  });

  it('goes on from a pause and from an approval by being queued again', () => {
    expect(statusTransitions.Paused).toContain('Queued');
    expect(statusTransitions.AwaitingApproval).toContain('Queued');
  });
});
