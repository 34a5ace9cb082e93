// Prints the count of a test run: `12 passed, 1 failed, 2 skipped`. Arguments: vitest's JSON report, the status of the run.
import { readFileSync } from 'node:fs';

const [report, status] = process.argv.slice(2);
const text = readFileSync(report, 'utf8');
if (text === '') console.log('No test ran: what comes before the tests failed.');
const run = text === '' ? { numPassedTests: 0, numFailedTests: 0, testResults: [] } : JSON.parse(text);

// A file can fail without a failing test, when it cannot be loaded or a hook throws; a run can, when a promise is left unhandled.
const brokenFiles = run.testResults.filter(
  (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
).length;
const failed = Math.max(run.numFailedTests + brokenFiles, status === '0' ? 0 : 1);
const skipped = (run.numPendingTests ?? 0) + (run.numTodoTests ?? 0);
console.log(`${run.numPassedTests} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`);
