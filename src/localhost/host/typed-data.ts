import type { RpcTypedData } from './worker-contract.js';

/** A text as trigger data. The library tries JSON.parse on it, so a JSON text arrives as its value. */
export function stringData(text: string): RpcTypedData {
  return { string: text };
}

/** A JSON value as trigger data. */
export function jsonData(value: unknown): RpcTypedData {
  return { json: JSON.stringify(value) };
}

/**
 * What a function returned, as the JSON text that a durable history keeps: a string becomes a JSON string even when it
 * looks like JSON, bytes become base64. Undefined when there is no value.
 */
export function typedDataToJson(data: RpcTypedData | null | undefined): string | undefined {
  if (data === null || data === undefined) {
    return undefined;
  }
  if (data.json !== undefined && data.json !== null) {
    return data.json;
  }
  if (data.bytes !== undefined && data.bytes !== null) {
    return JSON.stringify(Buffer.from(data.bytes).toString('base64'));
  }
  const scalar = data.string ?? data.int ?? data.double;
  return scalar === undefined || scalar === null ? undefined : JSON.stringify(scalar);
}

/** What a function returned, as the bytes of an HTTP body. */
export function typedDataToBytes(data: RpcTypedData | null | undefined): Buffer {
  if (data === null || data === undefined) {
    return Buffer.alloc(0);
  }
  if (data.bytes !== undefined && data.bytes !== null) {
    return Buffer.from(data.bytes);
  }
  const text = data.string ?? data.json ?? data.int ?? data.double;
  return Buffer.from(text === undefined || text === null ? '' : String(text), 'utf8');
}
