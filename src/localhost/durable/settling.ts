/** A started action that settles once. Listeners run at once, as continuations do on the host's synchronous scheduler. */
export interface Settling {
  done: boolean;
  failed: boolean;
  readonly listeners: (() => void)[];
}

/** An action that is under way. */
export function unsettled(): Settling {
  return { done: false, failed: false, listeners: [] };
}

/** An action that was over as soon as it started. */
export function settledAs(outcome: 'completed' | 'failed'): Settling {
  return { done: true, failed: outcome === 'failed', listeners: [] };
}

/** Settles and tells the listeners; settling again does nothing. */
export function settle(action: Settling, failed: boolean): void {
  if (action.done) {
    return;
  }
  action.done = true;
  action.failed = failed;
  for (const listener of action.listeners) {
    listener();
  }
}

/** Calls `listener` when the action settles, or now if it has. */
export function whenSettled(action: Settling, listener: () => void): void {
  if (action.done) {
    listener();
  } else {
    action.listeners.push(listener);
  }
}
