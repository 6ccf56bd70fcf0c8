// Prints "N passed, N failed" from vitest's JSON. A run without results, or one that failed outside a test, counts as one failure.
import { readFileSync } from 'node:fs';

const [file, status] = process.argv.slice(2);

function count() {
  let report;
  try {
    report = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passed: 0, failed: 1 };
  }
  // A file that could not be loaded has no tests to fail.
  const broken = report.testResults.filter(
    ({ status: outcome, assertionResults }) =>
      outcome === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  const failed = report.numFailedTests + broken.length;
  return { passed: report.numPassedTests, failed: failed === 0 && status !== '0' ? 1 : failed };
}

const { passed, failed } = count();
console.log(`${String(passed)} passed, ${String(failed)} failed`);
process.exitCode = failed === 0 ? 0 : 1;
