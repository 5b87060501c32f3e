import { defineConfig } from 'tsup';
import { base } from '../../tsup.config.base.js';
import { tfjsCoreRegistrations, tfjsNodeKernels } from './tfjs-bundle.plugin.js';

export default defineConfig([
  { ...base, platform: 'node' },
  {
    ...base,
    platform: 'node',
    format: ['cjs'],
    entry: { kernels: 'src/tfjs-node-kernels.cjs', gradients: 'src/tfjs-core-gradients.cjs' },
    sourcemap: false,
    splitting: false,
    noExternal: [/^@tensorflow\/tfjs-core\/dist\//],
    esbuildPlugins: [tfjsNodeKernels(), tfjsCoreRegistrations()],
    // The licence of every bundled file stays in the file.
    esbuildOptions: (options) => {
      options.legalComments = 'eof';
    },
  },
]);
