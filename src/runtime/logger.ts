import { redact } from '../job/redact.js';

/** Fields of a log line: numbers, codes and ids. Never a name of an object, a token, or a URL with a query. */
export type LogFields = Readonly<Record<string, string | number | boolean>>;

/** Writes one structured line without secrets, which the Functions host carries on to Application Insights. */
export function logEvent(event: string, fields: LogFields): void {
  process.stdout.write(`${redact(JSON.stringify({ event, ...fields }))}\n`);
}
