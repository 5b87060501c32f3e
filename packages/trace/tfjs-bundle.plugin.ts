import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Options } from 'tsup';
import { KernelConstants } from './src/kernel-constants.js';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

/** `util.isNullOrUndefined` and `util.isArray` are gone since Node 23. */
const UTIL = `
exports.isNullOrUndefined = (value) => value === null || value === undefined;
exports.isArray = Array.isArray;
`;

/** tfjs-core's own module, and what its files import from one another under names it exports elsewhere or not at all. */
const CORE = `
const core = require('@tensorflow/tfjs-core');
module.exports = {
  ...core.util,
  ...core.backend_util,
  ...core.broadcast_util,
  ...core.slice_util,
  ...core.image,
  ...core,
  ENGINE: core.engine(),
  getGlobalTensorClass: () => core.Tensor,
};
`;

/** Files of tfjs-core that belong in the bundle: what Node's build of it leaves out, or does not export. */
const OUTSIDE_CORE =
  /tfjs-core\/dist\/(gradients\/|public\/chained_ops\/|register_all|ops\/(conv[23]d_backprop_(filter|input)|(avg|max)_pool(_3d)?_grad|depthwise_conv2d_native_backprop_(filter|input)|local_response_normalization_backprop)$|(tensor_util_env|types)$)/;

/**
 * Makes the JavaScript half of @tensorflow/tfjs-node-gpu loadable without the rest of it:
 * - `@tensorflow/tfjs`, the union package, is tfjs-core, which holds all that the kernels use of it;
 * - the protocol buffers of TensorBoard summaries (and google-protobuf below them) are left out;
 * - Node's removed `util` functions are supplied;
 * - kernels know the numbers of types by themselves, instead of from a backend that must be registered;
 * - the backend's constructor calls its base class in a way that works for an ES2015 class too.
 *
 * @param core a file to bundle as tfjs-core; by default tfjs-core stays outside
 */
export function tfjsNodeKernels(core?: string): Plugin {
  return {
    name: 'tfjs-node-kernels',
    setup(build) {
      const inKernels = (importer: string) => importer.includes('tfjs-node-gpu');
      build.onResolve({ filter: /^@tensorflow\/tfjs(-core)?$/ }, ({ importer }) =>
        inKernels(importer) ? (core ? { path: core } : { path: '@tensorflow/tfjs-core', external: true }) : undefined,
      );
      build.onResolve({ filter: /^util$/ }, ({ importer }) =>
        inKernels(importer) ? { path: 'util', namespace: 'tfjs-node-kernels' } : undefined,
      );
      build.onResolve({ filter: /proto\/api_pb$/ }, () => ({ path: 'api_pb', namespace: 'tfjs-node-kernels' }));
      build.onLoad({ filter: /.*/, namespace: 'tfjs-node-kernels' }, ({ path }) => ({
        contents: path === 'util' ? UTIL : '',
        loader: 'js',
      }));
      build.onLoad({ filter: /nodejs_kernel_backend\.js$/ }, async ({ path }) => {
        const source = await readFile(path, 'utf8');
        const binding = JSON.stringify(new KernelConstants());
        const changed = replaced(source, path, {
          '_super.call(this) || this': 'Reflect.construct(_super, [], new.target)',
          "return tf.findBackend('tensorflow');": `return { binding: ${binding} };`,
        });
        return { contents: changed, loader: 'js' };
      });
    },
  };
}

function replaced(source: string, path: string, replacements: Readonly<Record<string, string>>): string {
  return Object.entries(replacements).reduce((text, [old, replacement]) => {
    if (!text.includes(old)) throw new Error(`${path} no longer contains "${old}"`);
    return text.replace(old, replacement);
  }, source);
}

/**
 * Makes tfjs-core's gradients and chained operations (`x.add(y)`) loadable in Node, where its only build has neither:
 * their files are bundled, and what they import from the rest of tfjs-core comes from the one instance Node loads.
 */
export function tfjsCoreRegistrations(): Plugin {
  return {
    name: 'tfjs-core-registrations',
    setup(build) {
      build.onResolve({ filter: /^\./ }, ({ importer, path, resolveDir }) => {
        if (!importer.includes('tfjs-core')) return undefined;
        if (OUTSIDE_CORE.test(resolve(resolveDir, path))) return undefined;
        return { path: 'core', namespace: 'tfjs-core-registrations' };
      });
      build.onLoad({ filter: /.*/, namespace: 'tfjs-core-registrations' }, () => ({ contents: CORE, loader: 'js' }));
      build.onResolve({ filter: /^@tensorflow\/tfjs-core$/, namespace: 'tfjs-core-registrations' }, ({ path }) => ({
        path,
        external: true,
      }));
    },
  };
}
