import type { Benchmark, MissingFilesOptions } from './benchmark.js';
import { loadCoin } from './layouts/coin.js';
import { loadDiving48 } from './layouts/diving48.js';
import { loadImageNet } from './layouts/imagenet.js';
import { loadINaturalist } from './layouts/inaturalist.js';
import { loadJester } from './layouts/jester.js';
import { loadKinetics } from './layouts/kinetics.js';
import { loadPlaces205 } from './layouts/places205.js';
import { loadSomethingSomething } from './layouts/something-something.js';
import type { BenchmarkName } from './protocols.js';

/** Where a benchmark lies, and what of it is read. */
export interface LoadBenchmarkOptions extends MissingFilesOptions {
  /** Folder of the data set, in its usual layout. */
  root: string;
  split: 'train' | 'val';
  /** Default: the benchmark's own number. false takes any. */
  expectedClasses?: number | false | undefined;
}

/**
 * Reads a classification benchmark from the layout its data usually has; the loader of each benchmark takes the paths
 * of other layouts. AVA is not a classification set: see `loadAva`.
 */
export async function loadBenchmark(
  name: Exclude<BenchmarkName, 'ava-2.2'>,
  options: LoadBenchmarkOptions,
): Promise<Benchmark> {
  switch (name) {
    case 'kinetics-400':
      return loadKinetics({ ...options, variant: 400 });
    case 'kinetics-600':
      return loadKinetics({ ...options, variant: 600 });
    case 'kinetics-700':
      return loadKinetics({ ...options, variant: 700 });
    case 'something-something-v2':
      return loadSomethingSomething(options);
    case 'diving48':
      return loadDiving48(options);
    case 'jester':
      return loadJester(options);
    case 'coin':
      return loadCoin(options);
    case 'imagenet-1k':
      return loadImageNet(options);
    case 'places205':
      return loadPlaces205(options);
    case 'inaturalist-2021':
      return loadINaturalist(options);
  }
}
