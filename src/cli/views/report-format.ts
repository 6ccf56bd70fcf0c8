import { formatBytes, printable, shortened } from './printable.js';

export const reportFormats = ['ndjson', 'csv', 'table'] as const;
export type ReportFormat = (typeof reportFormats)[number];

type Row = Readonly<Record<string, unknown>>;

function text(row: Row, column: string): string {
  const value = row[column];
  if (value === undefined || value === null) {
    return '';
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const widths = { outcome: 12, reason: 28, size: 11, name: 60 } as const;

/** Column titles of the table. */
export const tableHead = `${'OUTCOME'.padEnd(widths.outcome)} ${'REASON'.padEnd(widths.reason)} ${'SIZE'.padStart(widths.size)}  NAME\n`;

/** A page of NDJSON as lines for people: names are cut and made harmless, advice stands beside what failed. */
export function formatTable(page: string): string {
  return page
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => tableRow(JSON.parse(line) as Row))
    .join('');
}

function tableRow(row: Row): string {
  const sizeBytes = row['sizeBytes'];
  const size = typeof sizeBytes === 'number' ? formatBytes(sizeBytes) : '';
  const name = shortened(printable(text(row, 'key')), widths.name);
  const detail = [text(row, 'message'), text(row, 'advice')].filter((part) => part !== '').map(printable);
  return `${[
    (text(row, 'action') || text(row, 'outcome')).padEnd(widths.outcome),
    text(row, 'reason').padEnd(widths.reason),
    size.padStart(widths.size),
    ` ${[name, ...detail].join('  ')}`,
  ].join(' ')}\n`;
}
