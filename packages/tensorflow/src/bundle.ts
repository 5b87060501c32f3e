import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/**
 * Loads one of the CommonJS bundles the build makes of tfjs's own files. They share the one tfjs-core that Node loads.
 * They lie in `dist/`, at the same relative place from `src/` and from `dist/`.
 */
export function loadBundle(name: 'kernels' | 'gradients'): unknown {
  return createRequire(import.meta.url)(fileURLToPath(new URL(`../dist/${name}.cjs`, import.meta.url)));
}
