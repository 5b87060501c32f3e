const { setTestEnvs } = require('@tensorflow/tfjs-core/dist/jasmine_util.js');
require('@tensorflow/tfjs-core/dist/register_all_gradients.js');
require('@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js');
const tf = require('@tensorflow/tfjs-core');

/** Makes a backend the one under test, under a name that is the same for all, and declares every test of tfjs-core. */
exports.declareTests = async ({ backendName, version, isDataSync }) => {
  await tf.setBackend(backendName);
  setTestEnvs([{ name: 'engine', backendName, flags: {}, isDataSync }]);
  require('suite:tests');
  return { version };
};
