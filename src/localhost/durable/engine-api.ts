/** The seam between the functions host and the durable engine: neither knows more of the other than this. */

export type DurableFunctionKind = 'orchestrator' | 'activity';

/** What the engine asks of the host: run one function in the app. */
export interface FunctionInvoker {
  /**
   * Invokes a registered function with its trigger payload (a JSON text, as the extension sends it).
   * Resolves with the JSON text of the return value, or undefined. Rejects with an Error whose message and stack are the app's.
   */
  invoke(
    kind: DurableFunctionKind,
    name: string,
    payload: string,
    instanceId: string,
  ): Promise<string | undefined>;
  has(kind: DurableFunctionKind, name: string): boolean;
}

/** A request below `/runtime/webhooks/durabletask/` or `/durabletask/`. */
export interface ManagementRequest {
  readonly method: string;
  /** Below the base, without leading slash, still percent-encoded: `instances/abc`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface ManagementResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface DurableEngine {
  /** Takes the journal's lock, recovers, re-dispatches what was under way. */
  start(): Promise<void>;
  /** Stops dispatching, lets running invocations end for at most `graceMs`, releases the lock. */
  stop(graceMs: number): Promise<void>;
  handle(request: ManagementRequest): Promise<ManagementResponse>;
  /** Payload of a durableClient input binding: a JSON text. `origin` is `http://127.0.0.1:<port>`. */
  clientBinding(origin: string): string;
}

/** host.json `extensions.durableTask`, as far as one machine needs it. */
export interface DurableSettings {
  readonly hubName: string;
  readonly maxConcurrentActivityFunctions: number;
  readonly maxConcurrentOrchestratorFunctions: number;
  readonly defaultVersion?: string;
}
