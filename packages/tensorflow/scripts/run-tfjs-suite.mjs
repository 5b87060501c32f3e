// Runs the published test suite of @tensorflow/tfjs-core against the eager backend, but for the tests in exclusions.mjs.
//
//   node scripts/run-tfjs-suite.mjs [words]    only the tests whose full name contains the words
import { join } from 'node:path';
import { runSuite } from '../../test-kit/tfjs-suite/run-suite.mjs';
import { EXCLUSIONS } from '../tfjs-suite/exclusions.mjs';

await runSuite({
  folder: join(import.meta.dirname, '..'),
  title: 'TensorFlow',
  install: 'vjepa runtime install',
  exclusions: EXCLUSIONS,
  words: process.argv.slice(2).join(' '),
});
