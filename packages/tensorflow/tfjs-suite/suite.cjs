// Bundled into one script by @vjepa/test-kit's tfjs-suite.
const { declareTests } = require('../../test-kit/tfjs-suite/declare-tests.cjs');
const { findTensorFlow, loadTensorFlow } = require('../src/index.ts');

/** Loads TensorFlow, if it is installed, and makes the eager backend the one under test. */
exports.declareTests = async () => {
  if ((await findTensorFlow()) === undefined) return undefined;
  const { backendName, version } = await loadTensorFlow();
  return declareTests({ backendName, version, isDataSync: true });
};
