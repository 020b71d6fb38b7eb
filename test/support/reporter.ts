// The reporter of `npm test` and `npm run e2e`: failures in full, the covered rows of docs/faults.md, one closing line.
import { reporters, Runner } from 'mocha';
import type { Test } from 'mocha';
import { rowsOf, summaryOfRows } from './fault-rows.ts';

class Reporter extends reporters.Base {
  constructor(runner: Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const counts = { passed: 0, failed: 0, skipped: 0 };
    const rows = new Set<string>();
    runner.on(Runner.constants.EVENT_TEST_PASS, (test: Test) => {
      counts.passed += 1;
      for (const row of rowsOf(test.fullTitle())) rows.add(row);
      if (process.env['TEST_VERBOSE']) console.log(`ok ${test.duration ?? 0} ms ${test.fullTitle()}`);
    });
    runner.on(Runner.constants.EVENT_TEST_FAIL, (test: Test) => {
      counts.failed += 1;
      console.log(`FAILED ${test.fullTitle()}`);
    });
    runner.on(Runner.constants.EVENT_TEST_PENDING, (test: Test) => {
      counts.skipped += 1;
      console.log(`SKIPPED ${test.fullTitle()}`);
    });
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      if (this.failures.length > 0) reporters.Base.list(this.failures);
      if (rows.size > 0) console.log(summaryOfRows(rows));
      console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
    });
  }
}

// The name under which require() of an ES module returns this value itself, as mocha expects of a reporter.
export { Reporter as 'module.exports' };
