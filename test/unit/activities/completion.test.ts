import { describe, expect, it } from 'vitest';
import { createClose } from '../../../src/activities/close.js';
import type { CompletionEvent } from '../../../src/report/completion-event.js';
import { createMemoryJob } from '../../support/memory-job.js';

describe('a job that has ended', () => {
  it('leaves one event about its sums, however often it is closed', async () => {
    const job = await createMemoryJob();
    job.cloud.account('source').put('data', 'a', { content: 'secret content' });
    const services = { ...job.services, tellsOfEnds: true };
    expect(await job.run()).toBe('Completed');
    expect(job.state.names('outbox/')).toEqual([]);
    const input = { job: job.id, run: job.board().run, end: 'done' } as const;
    await createClose(services)(input);
    await createClose(services)(input);
    const entry = JSON.parse(job.state.text(`outbox/${job.id}.json`) ?? '') as { event: CompletionEvent };
    expect(entry.event).toMatchObject({
      specversion: '1.0',
      id: job.id,
      type: 'Tranship.JobCompleted',
      subject: `jobs/${job.id}`,
      data: { status: 'Completed', counts: { planned: 1, copied: 1 }, report: `/api/jobs/${job.id}/report` },
    });
    expect(JSON.stringify(entry)).not.toContain('secret content');
  });

  it('that waits leaves none', async () => {
    const job = await createMemoryJob({ approve: true });
    await job.run();
    await createClose({ ...job.services, tellsOfEnds: true })({
      job: job.id,
      run: job.board().run,
      end: 'superseded',
    });
    expect(job.board().status).toBe('AwaitingApproval');
    expect(job.state.names('outbox/')).toEqual([]);
  });
});
