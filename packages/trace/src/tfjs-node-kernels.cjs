// The entry of dist/kernels.cjs: the backend and the kernels of @tensorflow/tfjs-node-gpu (Apache-2.0, see NOTICE)
// without its native addon. tsup.config.ts says what is replaced on the way.
const { NodeJSKernelBackend } = require('@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js');
// Registers every kernel under the backend name 'tensorflow' when it is loaded.
require('@tensorflow/tfjs-node-gpu/dist/register_all_kernels.js');

module.exports = { NodeJSKernelBackend };
