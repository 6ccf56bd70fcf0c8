import { Transform } from 'node:stream';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { ServiceError } from './errors.js';
import type { FrontReply } from './exchange.js';
import { ConnectionReset } from './exchange.js';
import type { FaultRule } from './faults.js';
import type { JournalEntry } from './journal.js';

/** What a rule does before the service acts: waits, breaks the connection (ConnectionReset) or answers with its error. */
export async function applyBefore(rule: FaultRule | undefined, entry: JournalEntry): Promise<void> {
  if (rule === undefined) return;
  if (rule.delayMs !== undefined) {
    entry.fault = 'delay';
    await new Promise((resolve) => setTimeout(resolve, rule.delayMs));
  }
  if (rule.reset === 'before') {
    entry.fault = 'reset-before';
    throw new ConnectionReset();
  }
  if (rule.status !== undefined) {
    entry.fault = 'reply';
    throw new ServiceError(rule.status, rule.code ?? 'InternalError', rule.message ?? 'Injected fault.', {
      headers: Object.entries(rule.headers ?? {}),
    });
  }
}

/** What a rule does once the service has acted: loses the reply (ConnectionReset) or cuts its body short. */
export async function applyAfter(
  rule: FaultRule | undefined,
  entry: JournalEntry,
  reply: FrontReply,
): Promise<FrontReply> {
  if (rule?.reset === 'after') {
    entry.fault = 'reset-after';
    if (reply.body !== undefined && !Buffer.isBuffer(reply.body)) {
      await readToEnd(reply.body);
    }
    throw new ConnectionReset();
  }
  if (rule?.truncateAfterBytes === undefined || reply.body === undefined) return reply;
  entry.fault = 'truncate';
  return { ...reply, body: cutAfter(reply.body, rule.truncateAfterBytes) };
}

async function readToEnd(body: Readable): Promise<void> {
  body.resume();
  await finished(body);
}

/** The first bytes of a body; then it fails, which breaks the connection. */
function cutAfter(body: Buffer | Readable, bytes: number): Readable {
  let left = bytes;
  const cut = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const part = chunk.subarray(0, left);
      left -= part.length;
      this.push(part);
      // The next turn lets the bytes before the break reach the client.
      if (left > 0) done();
      else setImmediate(done, new ConnectionReset());
    },
  });
  if (Buffer.isBuffer(body)) cut.end(body);
  else body.pipe(cut).once('error', () => body.destroy());
  return cut;
}
