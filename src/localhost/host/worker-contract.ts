/**
 * The shapes that pass between a functions host and the programming model library (`@azure/functions` v4).
 * They mirror `@azure/functions-core`, a module that exists only inside a worker and has no package of types.
 */

export type LogLevel = 'trace' | 'debug' | 'information' | 'warning' | 'error' | 'critical' | 'none';
export type LogCategory = 'user' | 'system' | 'customMetric';

/** Null or absent means "no value"; used where an empty string must stay distinct from nothing. */
export interface NullableValue<T> {
  readonly value?: T | null;
}

export interface RpcCookie {
  readonly name?: string;
  readonly value?: string;
  readonly domain?: NullableValue<string>;
  readonly path?: NullableValue<string>;
  readonly expires?: NullableValue<{ readonly seconds?: number }>;
  readonly secure?: NullableValue<boolean>;
  readonly httpOnly?: NullableValue<boolean>;
  /** `none` means the attribute is absent; `explicitNone` writes `SameSite=None`. */
  readonly sameSite?: 'none' | 'lax' | 'strict' | 'explicitNone';
  readonly maxAge?: NullableValue<number>;
}

/** An HTTP request on its way in, or a response on its way out. */
export interface RpcHttp {
  readonly url?: string;
  readonly method?: string;
  readonly nullableHeaders?: Readonly<Record<string, NullableValue<string>>>;
  readonly nullableQuery?: Readonly<Record<string, NullableValue<string>>>;
  readonly nullableParams?: Readonly<Record<string, NullableValue<string>>>;
  readonly body?: RpcTypedData | null;
  readonly statusCode?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: readonly RpcCookie[];
}

/** One-of: at most one field is set. */
export interface RpcTypedData {
  readonly string?: string | null;
  readonly json?: string | null;
  readonly bytes?: Uint8Array | null;
  readonly http?: RpcHttp | null;
  readonly int?: number | null;
  readonly double?: number | null;
}

/** One binding as the library registers it: its type, direction, and the options the app gave. */
export interface BindingInfo {
  readonly type?: string;
  readonly direction?: 'in' | 'out';
  readonly name?: string;
  readonly [option: string]: unknown;
}

export interface FunctionMetadata {
  readonly name: string;
  readonly functionId?: string;
  readonly bindings: Readonly<Record<string, BindingInfo>>;
}

export type FunctionCallback = (...inputs: unknown[]) => unknown;
export type HookData = Record<string, unknown>;
/** A hook gets one context object, whose fields depend on the hook's name. */
export type HookCallback = (context: object) => unknown;

export interface NamedData {
  readonly name: string;
  readonly data: RpcTypedData | null;
}

export interface InvocationRequest {
  readonly invocationId: string;
  readonly functionId: string;
  readonly inputData: readonly NamedData[];
  readonly triggerMetadata: Readonly<Record<string, RpcTypedData>>;
  readonly traceContext: TraceContext;
}

export interface TraceContext {
  readonly traceParent: string;
  readonly traceState: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface InvocationResponse {
  readonly invocationId?: string;
  readonly outputData?: readonly { readonly name?: string; readonly data?: RpcTypedData | null }[];
  readonly returnValue?: RpcTypedData | null;
}

export type InvocationState = 'preInvocationHooks' | 'invocation' | 'postInvocationHooks' | undefined;

/** What the host hands to the programming model for one invocation. The model reads `state` while it runs. */
export interface CoreInvocationContext {
  readonly invocationId: string;
  readonly request: InvocationRequest;
  readonly metadata: FunctionMetadata;
  state: InvocationState;
  log(level: LogLevel, category: LogCategory, message: string): void;
}

export interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
  invokeFunction(context: unknown, inputs: unknown[], callback: FunctionCallback): Promise<unknown>;
  getResponse(context: unknown, result: unknown): Promise<InvocationResponse>;
}

/** The library's side of the contract; registered by the first `app.*` call of an app. */
export interface ProgrammingModel {
  readonly name: string;
  readonly version: string;
  getInvocationModel(context: CoreInvocationContext): InvocationModel | Promise<InvocationModel>;
  getCapabilities?(
    defaults: Record<string, string>,
  ): Record<string, string> | Promise<Record<string, string>>;
}
