import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'tsup';
import { SHARED_EXCLUSIONS } from './shared-exclusions.mjs';

const require = createRequire(import.meta.url);

/** Of one test, which compiles, on a machine that others use. */
const MOST_MILLISECONDS = 600_000;

/**
 * Runs the published test suite of @tensorflow/tfjs-core on a package's backend. Its last line is `N passed, N failed,
 * N excluded …`; the exit code is 0 only if none failed.
 *
 * Excluded tests are run, too: they fail, or have no business among the exclusions.
 *
 * @param folder the package, whose `tfjs-suite/suite.cjs` makes the backend and declares the tests
 * @param title the engine's name
 * @param install what installs the engine
 * @param exclusions tests of this engine's own that may fail, beside those of all: `reason`, `tests` (parts of their full
 *   names, in which the backend is `engine {}`), and `partly` where some of them pass, or do so on some machines
 * @param words only the tests whose full name contains them
 */
export async function runSuite({ folder, title, install, exclusions, words }) {
  const jasmine = require('jasmine-core').boot();
  Object.assign(globalThis, { jasmine });
  const environment = jasmine.getEnv();
  // tfjs-core names some of its tests alike, and writes tests without expectations.
  environment.configure({ random: false, forbidDuplicateNames: false, specFilter });
  const outDir = join(folder, 'node_modules', '.tfjs-suite');
  await build({
    config: join(import.meta.dirname, 'tsup.config.ts'),
    entry: { suite: join(folder, 'tfjs-suite', 'suite.cjs') },
    outDir,
  });
  const { declareTests } = require(join(outDir, 'suite.cjs'));
  const runtime = await declareTests();
  if (runtime === undefined) {
    console.log(`tfjs-core's test suite on ${title}: skipped, it is not installed (\`${install}\`)`);
    process.exit(0);
  }
  const excluded = [...SHARED_EXCLUSIONS, ...exclusions].flatMap(({ tests, partly = false }) =>
    tests.map((text) => ({ text, partly })),
  );
  const named = new Set();
  const counts = { passed: 0, failed: 0, excluded: 0, pending: 0 };
  environment.clearReporters();
  environment.addReporter({
    // tfjs-core sets less, some of its tests again.
    specStarted() {
      jasmine.DEFAULT_TIMEOUT_INTERVAL = MOST_MILLISECONDS;
    },
    specDone({ status, fullName, failedExpectations }) {
      if (status === 'excluded') return;
      const exclusion = excluded.find(({ text }) => fullName.includes(text));
      named.add(exclusion);
      if (exclusion === undefined || status === 'pending') counts[status]++;
      else if (status === 'failed') counts.excluded++;
      else if (exclusion.partly) counts.passed++;
      else fail(`${fullName}\n  passes, and is excluded by "${exclusion.text}"`);
      if (status === 'failed' && exclusion === undefined) report(fullName, failedExpectations);
    },
    suiteDone: ({ fullName, failedExpectations }) => failOutside(`around ${fullName}`, failedExpectations),
  });
  const started = performance.now();
  const { failedExpectations } = await silently(() => environment.execute());
  failOutside('outside of tests', failedExpectations);
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  for (const exclusion of words ? [] : excluded) {
    if (!named.has(exclusion)) fail(`"${exclusion.text}" is excluded, and there is no such test`);
  }
  process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
  console.log(`tfjs-core's test suite on ${title} ${runtime.version}, in ${seconds} s:`);
  console.log(
    `${counts.passed} passed, ${counts.failed} failed, ${counts.excluded} excluded (reasons in ` +
      `shared-exclusions.mjs and exclusions.mjs), ${counts.pending} switched off by tfjs-core itself`,
  );

  function specFilter(spec) {
    return !words || spec.getFullName().includes(words);
  }

  function failOutside(place, failedExpectations) {
    if (failedExpectations.length === 0) return;
    counts.failed++;
    report(place, failedExpectations);
  }

  function fail(message) {
    counts.failed++;
    console.error(`FAILED ${message}`);
  }
}

function report(fullName, failedExpectations) {
  console.error(`FAILED ${fullName}`);
  for (const { message, stack } of failedExpectations) {
    console.error(`  ${message.split('\n').slice(0, 3).join('\n  ')}`);
    if (process.env.STACK) console.error(stack);
  }
}

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
