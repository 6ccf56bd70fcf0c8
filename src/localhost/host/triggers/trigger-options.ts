import type { Clock } from '../../../runtime/clock.js';
import type { AppRegistry } from '../app-registry.js';
import type { AppSettings } from '../app-settings.js';
import type { HostLog } from '../host-log.js';
import type { Invoker } from '../invoker.js';

/** What a trigger that acts by itself works with. */
export interface TriggerOptions {
  readonly registry: AppRegistry;
  readonly invoker: Invoker;
  readonly clock: Clock;
  readonly settings: AppSettings;
  readonly log: HostLog;
}
