/** A stream that the CLI writes to. */
export interface Output {
  write(text: string): unknown;
}

/** Everything of the process that commands touch; tests give their own. */
export interface CliContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  /** Results only: the summary, the report, or one JSON line. */
  readonly stdout: Output;
  /** Progress, notes and errors. */
  readonly stderr: Output;
  /** A live terminal that a bar may redraw itself on; absent: plain lines. */
  readonly terminal?: NodeJS.WriteStream;
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
  /** A new random id, as RFC 9562 version 4. */
  newId(): string;
  /** Calls `handler` on Ctrl-C and SIGTERM until the returned function is called. */
  onInterrupt(handler: (signal: NodeJS.Signals) => void): () => void;
}
