import { setTimeout as sleep } from 'node:timers/promises';

/** Times are whole seconds in listings: what is written after this is younger than what was written before. */
export function nextSecond(): Promise<void> {
  return sleep(1100);
}
