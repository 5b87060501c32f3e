import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/**
 * Loads one of the CommonJS bundles the build makes of tfjs's own files. They share the one tfjs-core that Node loads.
 * They lie in `dist/`, at the same relative place from `src/` and from `dist/`.
 */
export function loadBundle(name: 'kernels' | 'gradients'): unknown {
  const path = fileURLToPath(new URL(`../dist/${name}.cjs`, import.meta.url));
  if (!existsSync(path)) throw new Error(`${path} is missing: build the package first (pnpm build)`);
  return createRequire(import.meta.url)(path);
}
