import type { RegisteredFunction } from './app-registry.js';
import { DURABLE_TRIGGERS, isDurableClient } from './durable-binding.js';
import { EVENT_GRID_TRIGGER } from './triggers/event-grid-trigger.js';
import { HTTP_TRIGGER } from './http/http-routes.js';
import { QUEUE_TRIGGER } from './triggers/queue-trigger.js';
import { TIMER_TRIGGER } from './triggers/timer.js';

const SERVED_TRIGGERS = new Set([
  HTTP_TRIGGER,
  TIMER_TRIGGER,
  QUEUE_TRIGGER,
  EVENT_GRID_TRIGGER,
  ...Object.values(DURABLE_TRIGGERS),
]);

/** What an app binds to that one machine does not offer; each entry reads `serviceBusTrigger of "name"`. */
export interface LackingBindings {
  /** Their functions never run by themselves here; they can be fired by hand. */
  readonly triggers: readonly string[];
  /** Inputs would be undefined and outputs would be lost. */
  readonly bindings: readonly string[];
}

/** Looks once at all functions, so that nobody waits at run time for what cannot come. */
export function findLacking(functions: readonly RegisteredFunction[]): LackingBindings {
  const triggers: string[] = [];
  const bindings: string[] = [];
  for (const fn of functions) {
    for (const [key, { type = '', direction }] of Object.entries(fn.metadata.bindings)) {
      const kind = type.toLowerCase();
      if (key === fn.trigger.key) {
        if (!SERVED_TRIGGERS.has(kind)) {
          triggers.push(`${type} of "${fn.name}"`);
        }
      } else if (direction === 'out' ? kind !== 'http' : !isDurableClient(kind)) {
        bindings.push(`${type} of "${fn.name}"`);
      }
    }
  }
  return { triggers, bindings };
}
