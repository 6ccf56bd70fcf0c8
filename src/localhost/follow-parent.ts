const exitDeadlineMs = 15_000;

/**
 * The child's side of `startChild`: calls `start` with the parent's message and answers `{ready}` or `{failed}`. On SIGTERM,
 * and when the parent is gone, calls what `start` returned as `stop` and exits. Exits in any case, 15 seconds later at most.
 */
export function followParent(
  start: (message: unknown) => Promise<{ readonly ready: object; readonly stop: () => Promise<void> }>,
): void {
  let stop: (() => Promise<void>) | undefined;
  let ending = false;
  const end = (exitCode: number): void => {
    if (ending) {
      return;
    }
    ending = true;
    setTimeout(() => process.exit(1), exitDeadlineMs).unref();
    void (stop?.() ?? Promise.resolve())
      .then(() => process.exit(exitCode))
      .catch((error: unknown) => {
        console.error(error);
        process.exit(1);
      });
  };
  process.on('SIGTERM', () => {
    end(0);
  });
  process.on('disconnect', () => {
    end(0);
  });
  process.once('message', (message) => {
    start(message)
      .then((started) => {
        stop = started.stop;
        process.send?.({ ready: started.ready });
      })
      .catch((error: unknown) => {
        console.error(error);
        process.send?.({ failed: error instanceof Error ? error.message : String(error) });
        end(1);
      });
  });
  // The parent may have gone while our modules were loaded.
  if (!process.connected) {
    end(0);
  }
}
