// Bundled into one script by tsup.config.ts beside this file.
const { setTestEnvs } = require('@tensorflow/tfjs-core/dist/jasmine_util.js');
require('@tensorflow/tfjs-core/dist/register_all_gradients.js');
require('@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js');
const tf = require('@tensorflow/tfjs-core');
const { findTensorFlow, loadTensorFlow } = require('../src/index.ts');

exports.findTensorFlow = findTensorFlow;

/** Loads TensorFlow, makes the eager backend the one under test, and declares every test of tfjs-core. */
exports.declareTests = async () => {
  const runtime = await loadTensorFlow();
  await tf.setBackend(runtime.backendName);
  setTestEnvs([{ name: 'tensorflow', backendName: runtime.backendName, flags: {}, isDataSync: true }]);
  require('suite:tests');
  return runtime;
};
