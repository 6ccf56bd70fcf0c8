import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** A state folder as it was made. */
export interface OpenedEntry {
  readonly path: string;
  /** The test file that made it. */
  readonly by: string;
}

/** What its scan has seen. */
export interface ScannedEntry {
  readonly path: string;
  readonly files: number;
  readonly bytes: number;
  readonly unpacked: number;
  readonly canaries: number;
  readonly canariesFound: number;
  /** What was found, and where; empty as it should be. */
  readonly findings: readonly string[];
}

export interface Ledger {
  readonly opened: readonly OpenedEntry[];
  readonly scanned: readonly ScannedEntry[];
}

/** Names the ledger's file in the environment of every process of a run; absent: nobody keeps one. */
export const ledgerVariable = 'TRANSHIP_TEST_LEDGER';

export function noteOpened(entry: OpenedEntry): void {
  append({ opened: entry });
}

export function noteScanned(entry: ScannedEntry): void {
  append({ scanned: entry });
}

/** One short line at a time, so that processes may write side by side. */
function append(line: object): void {
  const file = process.env[ledgerVariable];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(line)}\n`);
}

export function readLedger(file: string): Ledger {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  const entries = lines.map(
    (line) => JSON.parse(line) as { readonly opened?: OpenedEntry; readonly scanned?: ScannedEntry },
  );
  return {
    opened: entries.flatMap(({ opened }) => opened ?? []),
    scanned: entries.flatMap(({ scanned }) => scanned ?? []),
  };
}

/**
 * What speaks against a run: a secret that was found, a scan that missed a canary, a folder that nobody scanned, a test
 * file (`mustScan`) that ran and has no scanned folder with anything in it. Empty: all is well.
 */
export function faultsOf({ opened, scanned }: Ledger, mustScan: readonly string[]): readonly string[] {
  const done = new Set(scanned.map(({ path }) => path));
  const filled = new Set(scanned.filter(({ files, canaries }) => files > canaries).map(({ path }) => path));
  const by = new Set(opened.filter(({ path }) => filled.has(path)).map((entry) => entry.by));
  return [
    ...scanned.flatMap(({ path, findings }) => findings.map((what) => `${what}, below ${path}`)),
    ...scanned
      .filter(({ canaries, canariesFound }) => canaries === 0 || canariesFound !== canaries)
      .map(({ path }) => `the scan of ${path} did not find its canaries`),
    ...opened
      .filter(({ path }) => !done.has(path))
      .map((entry) => `${entry.path} of ${entry.by} was not scanned`),
    ...mustScan
      .filter((file) => ![...by].some((name) => file.endsWith(name) || name.endsWith(file)))
      .map((file) => `${file} ran, and no state of it was scanned`),
  ];
}

/** One line for people. */
export function summaryOf({ scanned }: Ledger): string {
  const sum = (pick: (entry: ScannedEntry) => number): string =>
    scanned.reduce((total, entry) => total + pick(entry), 0).toLocaleString('en');
  return `secrets: ${String(scanned.length)} state folders scanned, ${sum(({ files }) => files)} files, ${sum(({ bytes }) => bytes)} bytes, ${sum(({ unpacked }) => unpacked)} unpacked; canaries found ${sum(({ canariesFound }) => canariesFound)} of ${sum(({ canaries }) => canaries)}`;
}
