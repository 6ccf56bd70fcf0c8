import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { faultsOf, ledgerVariable, readLedger, summaryOf } from './secret-ledger.js';
import { scanState } from './state-secrets.js';

/** How a test file comes to a host or a cloud that writes to disk. */
const writesState =
  /(?:support\/(?:local-rig|emulated-cloud|state-folder|witness-rig)|\/(?:cloud|contract|copy|files)-world)\.js'/;

/**
 * Before all suites: a temporary folder for the whole run. After them: every state folder must have been scanned, and what
 * is left on disk is scanned here; a secret, or a scan that did not take place, fails the run.
 */
export function setup(project: TestProject): (() => void) | undefined {
  // Projects of one run share the process: the first one keeps the books.
  if (process.env[ledgerVariable] !== undefined) return undefined;
  const usual = process.env['TMPDIR'];
  const folder = mkdtempSync(join(tmpdir(), 'tranship-run-'));
  const ledgerFile = `${folder}.ledger`;
  process.env['TMPDIR'] = folder;
  process.env[ledgerVariable] = ledgerFile;
  return () => {
    const ledger = readLedger(ledgerFile);
    const left = scanState(folder);
    const faults = [
      ...faultsOf(ledger, filesThatMustScan(project)),
      ...left.findings.map(({ file, what }) => `${what} is left in ${join(folder, file)}`),
    ];
    if (ledger.scanned.length > 0 || faults.length > 0) {
      process.stdout.write(`
${summaryOf(ledger)}; ${String(left.files)} files left behind
`);
    }
    if (usual === undefined) Reflect.deleteProperty(process.env, 'TMPDIR');
    else process.env['TMPDIR'] = usual;
    Reflect.deleteProperty(process.env, ledgerVariable);
    if (faults.length > 0) throw new Error(`Secrets on disk after all suites:\n${faults.join('\n')}`);
    rmSync(folder, { recursive: true, force: true });
    rmSync(ledgerFile, { force: true });
  };
}

/** Test files of the run that have run at least one test, and start something that keeps state. */
function filesThatMustScan(project: TestProject): readonly string[] {
  return project.vitest.state
    .getTestModules()
    .filter(
      (module) => [...module.children.allTests('passed'), ...module.children.allTests('failed')].length > 0,
    )
    .map(({ moduleId }) => moduleId)
    .filter((file) => writesState.test(readFileSync(file, 'utf8')));
}
