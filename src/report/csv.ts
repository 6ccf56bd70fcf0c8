import type { ReportLine } from './report-line.js';

/** Columns of the CSV form, in this order for ever; new ones come at the end. */
const columns = [
  'outcome',
  'reason',
  'key',
  'source',
  'destination',
  'sizeBytes',
  'status',
  'serviceCode',
  'requestId',
  'message',
  'advice',
  'action',
] as const satisfies readonly (keyof ReportLine)[];

/** First line of the CSV form, with CRLF. */
export const csvHeader = `${columns.join(',')}\r\n`;

/**
 * Lines as CSV by RFC 4180 with CRLF, without header. Text that a spreadsheet would take for a formula gets a leading
 * apostrophe, so a name in CSV is for people; programs read NDJSON.
 */
export function toCsv(lines: readonly ReportLine[]): string {
  return lines.map((line) => `${columns.map((column) => cell(line[column])).join(',')}\r\n`).join('');
}

function cell(value: string | number | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
