import type { OrchestrationFilter } from 'durable-functions';
import { expect, it } from 'vitest';
import { type Purge, purgeInstances } from '../../../src/functions/purge-instances.js';
import { createStepClock } from '../../support/step-clock.js';

async function asked(afterDays: number, instancesDeleted: number) {
  const filters: OrchestrationFilter[] = [];
  const logged: unknown[] = [];
  const clock = createStepClock();
  const client: Purge['client'] = {
    purgeInstanceHistoryBy: (filter) => {
      filters.push(filter);
      return Promise.resolve({ instancesDeleted });
    },
  };
  await purgeInstances({ client, clock, afterDays, log: (event, fields) => logged.push([event, fields]) });
  return { filters, logged, now: clock.now() };
}

it('purges only instances that have ended, started so many days ago or earlier', async () => {
  const { filters, logged, now } = await asked(30, 7);
  expect(filters).toEqual([
    {
      createdTimeFrom: new Date('2020-01-01T00:00:00Z'),
      createdTimeTo: new Date(now - 30 * 86_400_000),
      runtimeStatus: ['Completed', 'Failed', 'Terminated'],
    },
  ]);
  expect(logged).toEqual([['instances-purged', { instances: 7 }]]);
});

it('says nothing when there was nothing to purge', async () => {
  expect((await asked(0, 0)).logged).toEqual([]);
});
