import { formatBytes, printable, shortened } from './printable.js';

export const reportFormats = ['ndjson', 'csv', 'table'] as const;
export type ReportFormat = (typeof reportFormats)[number];

/** Columns of the CSV, in this order for ever; new ones come at the end. */
const columns = [
  'outcome',
  'reason',
  'key',
  'sizeBytes',
  'status',
  'serviceCode',
  'requestId',
  'message',
  'container',
] as const;

type Row = Readonly<Record<string, unknown>>;

/** The report line by line in the asked form. NDJSON lines pass unchanged; CSV is RFC 4180 with CRLF. */
export async function* formatReport(
  lines: AsyncIterable<string>,
  format: ReportFormat,
): AsyncGenerator<string> {
  if (format === 'ndjson') {
    for await (const line of lines) {
      yield `${line}\n`;
    }
    return;
  }
  yield format === 'csv' ? `${columns.join(',')}\r\n` : tableHead;
  for await (const line of lines) {
    const row = JSON.parse(line) as Row;
    yield format === 'csv' ? csvRow(row) : tableRow(row);
  }
}

function text(row: Row, column: string): string {
  const value = row[column];
  if (value === undefined || value === null) {
    return '';
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function csvRow(row: Row): string {
  return `${columns.map((column) => csvCell(text(row, column))).join(',')}\r\n`;
}

function csvCell(value: string): string {
  return /[",\r\n]|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

const widths = { outcome: 12, reason: 28, size: 11, key: 60 } as const;

const tableHead = `${'OUTCOME'.padEnd(widths.outcome)} ${'REASON'.padEnd(widths.reason)} ${'SIZE'.padStart(widths.size)}  NAME\n`;

function tableRow(row: Row): string {
  const sizeBytes = row['sizeBytes'];
  const size = typeof sizeBytes === 'number' ? formatBytes(sizeBytes) : '';
  const detail = text(row, 'message');
  const name = shortened(printable(text(row, 'key')), widths.key);
  return `${[
    text(row, 'outcome').padEnd(widths.outcome),
    text(row, 'reason').padEnd(widths.reason),
    size.padStart(widths.size),
    detail === '' ? ` ${name}` : ` ${name}  ${printable(detail)}`,
  ].join(' ')}\n`;
}
