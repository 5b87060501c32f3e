// Runs the published test suite of @tensorflow/tfjs-core against the eager backend, but for the tests in exclusions.mjs.
//
//   node scripts/run-tfjs-suite.mjs [words]    only the tests whose full name contains the words
//
// Its last line is `N passed, N failed, N excluded …`; the exit code is 0 only if none failed.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'tsup';
import { EXCLUSIONS } from '../tfjs-suite/exclusions.mjs';

const require = createRequire(import.meta.url);
const jasmine = require('jasmine-core').boot();
Object.assign(globalThis, { jasmine });
const words = process.argv.slice(2).join(' ');

const environment = jasmine.getEnv();
// tfjs-core names some of its tests alike, and writes tests without expectations.
environment.configure({ random: false, forbidDuplicateNames: false });

await build({ config: join(import.meta.dirname, '..', 'tfjs-suite', 'tsup.config.ts') });
const { declareTests, findTensorFlow } = require('../node_modules/.tfjs-suite/suite.cjs');
if ((await findTensorFlow()) === undefined) {
  console.log("tfjs-core's test suite on TensorFlow: skipped, no TensorFlow is installed (`vjepa runtime install`)");
  process.exit(0);
}
const runtime = await declareTests();
const counts = { passed: 0, failed: 0, excluded: 0, pending: 0 };
const excluded = EXCLUSIONS.flatMap(({ tests }) => tests);
const used = new Set();

environment.configure({
  specFilter: (spec) => {
    const name = spec.getFullName();
    if (words && !name.includes(words)) return false;
    const matches = excluded.filter((text) => name.includes(text));
    for (const text of matches) used.add(text);
    if (matches.length > 0) counts.excluded++;
    return matches.length === 0;
  },
});
environment.clearReporters();
environment.addReporter({
  specDone({ status, fullName, failedExpectations }) {
    if (status === 'excluded') return;
    counts[status]++;
    if (status !== 'failed') return;
    console.error(`FAILED ${fullName}`);
    for (const { message, stack } of failedExpectations) {
      console.error(`  ${message.split('\n').slice(0, 3).join('\n  ')}`);
      if (process.env.STACK) console.error(stack);
    }
  },
});
const started = performance.now();
const overallStatus = await silently(() => environment.execute().then((result) => result.overallStatus));
const seconds = ((performance.now() - started) / 1000).toFixed(0);
const unused = words ? [] : excluded.filter((text) => !used.has(text));
for (const text of unused) console.error(`exclusions.mjs excludes "${text}", but there is no such test`);
process.exitCode = counts.failed > 0 || counts.passed === 0 || unused.length > 0 ? 1 : 0;
console.log(`tfjs-core's test suite on TensorFlow ${runtime.version}, in ${seconds} s (${overallStatus}):`);
console.log(
  `${counts.passed} passed, ${counts.failed + unused.length} failed, ${counts.excluded} excluded (reasons in ` +
    `tfjs-suite/exclusions.mjs), ${counts.pending} switched off by tfjs-core itself`,
);

/** Some tests print tensors and profiles. */
async function silently(work) {
  const { log, warn } = console;
  Object.assign(console, { log: () => {}, warn: () => {} });
  try {
    return await work();
  } finally {
    Object.assign(console, { log, warn });
  }
}
