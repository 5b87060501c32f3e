import type { Options } from 'tsup';

/** What every package's build has in common. Declarations come from `tsc`, not from tsup. */
export const base: Options = {
  entry: ['src/index.ts'],
  format: ['esm'],
  target: 'node20',
  platform: 'neutral',
  sourcemap: false,
  splitting: true,
  clean: false,
  dts: false,
};
