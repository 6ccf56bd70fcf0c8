import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createDurableEngine } from '../../../../src/localhost/durable/engine.js';
import type { LocalDurableEngine } from '../../../../src/localhost/durable/engine.js';
import { wallClock } from '../../../../src/runtime/clock.js';
import { startLittleHost } from '../../../support/little-host.js';
import type { LittleHost } from '../../../support/little-host.js';

/** A loaded machine may need longer than the usual second. */
const patience = { timeout: 10_000 };

let little: LittleHost<LocalDurableEngine>;

beforeAll(async () => {
  little = await startLittleHost((invoker, settings, stateDirectory) =>
    createDurableEngine({
      directory: join(stateDirectory, 'durable'),
      settings,
      invoker,
      strict: true,
      time: {
        now: () => wallClock.now(),
        setTimer: (delayMs, callback) => {
          const timer = setTimeout(callback, delayMs);
          return () => {
            clearTimeout(timer);
          };
        },
      },
      log: () => undefined,
    }),
  );
});
afterAll(() => little.dispose());

interface Status {
  readonly runtimeStatus: string;
  readonly output: unknown;
}

/** Starts an orchestration through the app's durable client and follows the link that it hands out. */
async function runToEnd(name: string, input: unknown): Promise<Status> {
  const started = await fetch(`${little.url}/api/start/${name}`, {
    method: 'POST',
    body: JSON.stringify(input),
  });
  expect(started.status).toBe(202);
  const { statusQueryGetUri } = (await started.json()) as { statusQueryGetUri: string };
  return vi.waitFor(async () => {
    const answer = await fetch(statusQueryGetUri);
    expect(answer.status).toBe(200);
    return (await answer.json()) as Status;
  }, patience);
}

describe('the little app on host and engine together', () => {
  it('chains activities', async () => {
    expect(await runToEnd('chain', 'Ada')).toMatchObject({
      runtimeStatus: 'Completed',
      output: { second: 'Hello, Hello, Ada', version: '1.0' },
    });
  });

  it('fans out over 50 activities', async () => {
    expect(await runToEnd('fanOut', 50)).toMatchObject({ runtimeStatus: 'Completed', output: 2450 });
  });

  it('reports a failed orchestration with the activity’s message', async () => {
    const status = await runToEnd('failing', null);
    expect(status.runtimeStatus).toBe('Failed');
    expect(JSON.stringify(status.output)).toContain("Activity function 'breaks' failed: out of range");
  });
});
