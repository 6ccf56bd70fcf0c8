import { appendFileSync } from 'node:fs';

import type { FunctionInvoker } from '../../../../src/localhost/durable/engine-api.js';

interface Trigger {
  readonly history: readonly { readonly EventType: number }[];
  readonly input: { readonly count: number };
}

/** Keeps the process alive, as a request under way would. */
const longestDelayMs = 2 ** 31 - 1;

/** A fan-out without the SDK. Each activity notes `<index> <pid>` in `logPath`; those from `hangsFrom` on never end. */
export function scriptedInvoker(logPath: string, hangsFrom = Number.POSITIVE_INFINITY): FunctionInvoker {
  return {
    has: () => true,
    invoke: async (kind, _name, payload) => {
      if (kind === 'activity') {
        if (Number(payload) >= hangsFrom) {
          await new Promise((resolve) => setTimeout(resolve, longestDelayMs));
        }
        appendFileSync(logPath, `${payload} ${String(process.pid)}\n`);
        return payload;
      }
      const { history, input } = JSON.parse(payload) as Trigger;
      const done = history.filter((row) => row.EventType === 5).length;
      const compoundActions = Array.from({ length: input.count }, (_, index) => ({
        actionType: 0,
        functionName: 'note',
        input: index,
      }));
      return JSON.stringify({
        isDone: done === input.count,
        actions: [[{ actionType: 12, compoundActions }]],
        output: done,
        schemaVersion: 2,
      });
    },
  };
}
