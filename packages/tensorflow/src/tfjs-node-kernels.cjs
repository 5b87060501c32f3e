// The entry of dist/kernels.cjs. tsup.config.ts says what is replaced on the way.

// What Node's build of tfjs-core does not register, unlike its browser build: gradients and methods such as `x.add(y)`.
require('@tensorflow/tfjs-core/dist/register_all_gradients.js');
require('@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js');

// The backend and the kernels of @tensorflow/tfjs-node-gpu (Apache-2.0, see NOTICE) without its native addon. Loading
// the second registers every kernel under the backend name 'tensorflow'.
const { NodeJSKernelBackend } = require('@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js');
require('@tensorflow/tfjs-node-gpu/dist/register_all_kernels.js');

module.exports = { NodeJSKernelBackend };
