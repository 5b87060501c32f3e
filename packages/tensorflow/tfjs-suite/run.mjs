// Runs the published test suite of @tensorflow/tfjs-core against the eager backend, but for the tests in exclusions.mjs.
//
//   node tfjs-suite/run.mjs [words]    only the tests whose full name contains the words
import { createRequire } from 'node:module';
import { EXCLUSIONS } from './exclusions.mjs';

const require = createRequire(import.meta.url);
const jasmine = require('jasmine-core').boot();
Object.assign(globalThis, { jasmine });
const words = process.argv.slice(2).join(' ');

const environment = jasmine.getEnv();
// tfjs-core names some of its tests alike, and writes tests without expectations.
environment.configure({ random: false, forbidDuplicateNames: false });

const { declareTests } = require('../node_modules/.tfjs-suite/suite.cjs');
const runtime = await declareTests();
const counts = { passed: 0, failed: 0, excluded: 0, pending: 0 };
const used = new Set();

environment.configure({
  specFilter: (spec) => {
    const name = spec.getFullName();
    if (words && !name.includes(words)) return false;
    const exclusion = EXCLUSIONS.find(({ tests }) => tests.some((start) => name.startsWith(start)));
    if (exclusion === undefined) return true;
    for (const start of exclusion.tests) if (name.startsWith(start)) used.add(start);
    counts.excluded++;
    return false;
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
const { overallStatus } = await environment.execute();
const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.log(
  `tfjs-core's test suite on TensorFlow ${runtime.version}: ${counts.passed} passed, ${counts.failed} failed, ` +
    `${counts.excluded} excluded (tfjs-suite/exclusions.mjs), ${counts.pending} pending, in ${seconds} s; ${overallStatus}`,
);
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
