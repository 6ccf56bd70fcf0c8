// Prints "N passed, N failed" from vitest's JSON reports, given as pairs of file and exit status. A run without results, or one
// that failed outside a test, counts as one failure.
import { readFileSync } from 'node:fs';

function count(file, status) {
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

const words = process.argv.slice(2);
const counts = words.flatMap((file, index) => (index % 2 === 0 ? [count(file, words[index + 1])] : []));
const passed = counts.reduce((sum, one) => sum + one.passed, 0);
const failed = counts.reduce((sum, one) => sum + one.failed, 0);
console.log(`${String(passed)} passed, ${String(failed)} failed`);
process.exitCode = counts.length > 0 && failed === 0 ? 0 : 1;
