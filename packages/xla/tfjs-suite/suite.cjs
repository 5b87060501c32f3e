// Bundled into one script by @vjepa/test-kit's tfjs-suite.
const { declareTests } = require('../../test-kit/tfjs-suite/declare-tests.cjs');
const { openXla } = require('./open-xla.ts');

exports.declareTests = async () => {
  const engine = await openXla();
  return engine && declareTests({ isDataSync: false, ...engine });
};
