import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Options } from 'tsup';
import { tfjsNodeKernels } from '../../trace/tfjs-bundle.plugin.js';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

const here = dirname(fileURLToPath(import.meta.url));
const core = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-core'));

/**
 * tfjs-core's published test files with a package's backend (`tfjs-suite/suite.cjs` of the package), bundled into one
 * script that Node can load. They import tfjs-core's files one by one, as ES modules; so here the backend and its kernels
 * are bundled with those files too, in place of the build of tfjs-core that Node loads, and every test and kernel meets
 * one and the same tfjs-core.
 */
export default defineConfig({
  format: ['cjs'],
  platform: 'node',
  target: 'node20',
  splitting: false,
  sourcemap: false,
  silent: true,
  shims: true,
  dts: false,
  noExternal: [/^@tensorflow\//, /^@vjepa\//, /^suite:/],
  // The sources of @vjepa/trace, whose kernels belong to the same tfjs-core too.
  esbuildOptions: (options) => {
    options.conditions = ['@vjepa/source'];
  },
  external: ['koffi'],
  esbuildPlugins: [oneCore(), tfjsNodeKernels(join(core, 'index.js'))],
});

function oneCore(): Plugin {
  return {
    name: 'one-tfjs-core',
    setup(build) {
      build.onResolve({ filter: /^@tensorflow\/tfjs-core$/ }, () => ({ path: join(core, 'index.js') }));
      build.onResolve({ filter: /^jasmine-core/ }, ({ path }) => ({ path, namespace: 'suite' }));
      build.onResolve({ filter: /^suite:tests$/ }, ({ path }) => ({ path, namespace: 'suite' }));
      build.onLoad({ filter: /.*/, namespace: 'suite' }, ({ path }) => ({
        contents: path === 'suite:tests' ? testImports() : 'exports.core = () => globalThis.jasmine;',
        resolveDir: here,
      }));
      // The kernels' bundle is loaded by its path in the package; here it is part of this bundle.
      build.onLoad({ filter: /src\/bundle\.ts$/ }, ({ path }) => ({
        contents:
          'export const loadBundle = (name) => name === "kernels" ? require("./tfjs-node-kernels.cjs") : undefined;',
        resolveDir: dirname(path),
      }));
    },
  };
}

function testImports(): string {
  const files = (readdirSync(core, { recursive: true }) as string[]).filter((name) => name.endsWith('_test.js'));
  return files
    .sort()
    .map((name) => `require(${JSON.stringify(join(core, name))});`)
    .join('\n');
}
