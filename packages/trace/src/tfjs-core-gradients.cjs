// The entry of dist/gradients.cjs: what Node's build of tfjs-core does not register, unlike its browser build.
// tsup.config.ts says where the rest of tfjs-core comes from.
require('@tensorflow/tfjs-core/dist/register_all_gradients.js');
require('@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js');
