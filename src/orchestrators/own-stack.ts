import type { OrchestrationContext, OrchestrationHandler, Task } from 'durable-functions';
import { redact } from '../job/redact.js';

/**
 * Wraps an orchestrator so that it logs its own failure. durable-functions 3.5.0 loses the stack of an orchestrator on
 * the way to the host: what is not logged here is never seen.
 */
export function loggingOwnStack(
  body: (context: OrchestrationContext) => Generator<Task, unknown, unknown>,
): OrchestrationHandler {
  return function* (context: OrchestrationContext): Generator<Task, unknown, never> {
    try {
      return yield* body(context);
    } catch (error) {
      if (!context.df.isReplaying) {
        context.error(
          'orchestrator failed',
          redact(error instanceof Error ? (error.stack ?? error.message) : String(error)),
        );
      }
      throw error;
    }
  };
}
