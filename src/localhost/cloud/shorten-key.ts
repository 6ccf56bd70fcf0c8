import { Readable } from 'node:stream';
import type { FrontRequest } from './exchange.js';
import { readAll } from './exchange.js';
import type { FaultRule } from './faults.js';

/** A request for a user delegation key asks for no more than `keyLifeMs` of the rule, so that what it signs ends soon. */
export async function shortenKey(
  rule: FaultRule | undefined,
  request: FrontRequest,
  operation: string,
  nowMs: number,
): Promise<FrontRequest> {
  const { body } = request;
  if (rule?.keyLifeMs === undefined || operation !== 'GetUserDelegationKey' || body === undefined)
    return request;
  const expiry = `${new Date(nowMs + rule.keyLifeMs).toISOString().slice(0, 19)}Z`;
  const text = (await readAll(body)).toString('utf8');
  // Of the same length as it was: nothing else of the request changes.
  const shortened = text.replace(/(?<=<Expiry>)[^<]{20}(?=<\/Expiry>)/, expiry);
  return { ...request, body: Readable.from([Buffer.from(shortened)]) };
}
