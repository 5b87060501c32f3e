import { type Engine, type FloatTensor, flatten, type HostTensor, type StepRunner } from '@vjepa/engine';
import {
  type DenseProbeConfig,
  type DenseProbeState,
  type DenseProbeTrainingInputs,
  type DenseProbeTrainingOutputs,
  denseProbeStep,
  denseProbeTrainingStep,
  depthProbeConfig,
  initialDenseProbeState,
  initializeDenseProbe,
  segmentationProbeConfig,
} from '@vjepa/probe';
import { mersenneTwister } from '@vjepa/random';
import type { Sides } from '@vjepa/video';
import { repeatsOfPicture } from '../features/clip-tokens.js';
import { type FeatureExtractor, featureExtractor } from '../features/feature-extractor.js';
import type { DensePlan } from './dense-plan.js';
import type { PixelAnswers } from './dense-set.js';
import { interpolatedClasses, interpolatedMap, type MapSize } from './interpolated-map.js';

/** The probe of a plan: so many classes, or depths. */
export function denseProbeOf({ encoder, size, probe }: DensePlan, classes: number | undefined): DenseProbeConfig {
  const { patchSize, embedDim } = encoder;
  const grid = { height: size.height / patchSize, width: size.width / patchSize };
  const { norm, bins, minDepth, maxDepth } = probe;
  if (classes !== undefined) return segmentationProbeConfig({ embedDim, grid }, classes, { norm });
  return depthProbeConfig({ embedDim, grid }, { norm, bins, minDepth, maxDepth });
}

/** Features of pictures of the plan's size: alone in V-JEPA 2.1 and image models, in others as a tubelet of equal frames. */
export function denseExtractor(
  engine: Engine,
  { encoder, layer, size }: Pick<DensePlan, 'encoder' | 'layer' | 'size'>,
  parameters: Record<string, HostTensor>,
  batchSize?: number,
): FeatureExtractor {
  const picture = { frames: 1, repeats: repeatsOfPicture(encoder), size };
  return featureExtractor({ engine, encoder, parameters, layers: [layer], batchSize, ...picture });
}

/** What all probes say of a batch of windows. */
export interface DenseAsker {
  /**
   * @param features [n, N, D]
   * @returns for each probe, and for each of the n windows, a value or more for each cell: [h, w, C]
   */
  ask(features: Float32Array, n: number): Promise<Float32Array[][]>;
  /** Cells of a window, how many of them a patch has along a side, and values of each. */
  readonly cells: MapSize;
  readonly cellsPerPatch: number;
  readonly values: number;
  dispose(): void;
}

/** Binds trained probes to an engine; windows come in batches of one size, the last filled up. */
export function denseAsker(
  engine: Engine,
  config: DenseProbeConfig,
  { probe, statistics }: DenseProbeStates,
  batchSize: number,
): DenseAsker {
  const run = engine.bind(denseProbeStep(config), { probe, ...(statistics && { statistics }) });
  const { grid, embedDim: D } = config;
  const cellsPerPatch = config.task === 'depth' ? config.upsampling : 1;
  const cells = { height: grid.height * cellsPerPatch, width: grid.width * cellsPerPatch };
  const values = config.task === 'depth' ? 1 : config.classes;
  const tokens = grid.height * grid.width;
  return {
    ...{ cells, cellsPerPatch, values },
    async ask(features, n) {
      const filled = new Float32Array(batchSize * tokens * D);
      filled.set(features);
      const { maps } = await run({ features: { shape: [batchSize, tokens, D], data: filled } });
      const length = cells.height * cells.width * values;
      return maps.map(({ data }) =>
        Array.from({ length: n }, (_, i) => (data as Float32Array).subarray(i * length, (i + 1) * length)),
      );
    },
    dispose: () => run.dispose(),
  };
}

/** The answers for a picture's pixels, from a map of its cells. */
export function pixelAnswers(
  task: DenseProbeConfig['task'],
  map: Float32Array,
  from: MapSize,
  to: Sides,
): PixelAnswers {
  const values = task === 'segmentation' ? interpolatedClasses(map, from, to) : interpolatedMap(map, from, to);
  return { height: to.height, width: to.width, values };
}

/** Parameters of probes, and the running mean and variance that they share. */
export interface DenseProbeStates {
  probe: Record<string, FloatTensor>[];
  /** Where probes have a norm. */
  statistics?: { mean: FloatTensor; variance: FloatTensor } | undefined;
}

/** Probes in training on an engine. */
export interface DenseTrainer {
  readonly run: StepRunner<DenseProbeState, DenseProbeTrainingInputs, DenseProbeTrainingOutputs>;
  /** Probes, running means and AdamW's moments by their names in a file. */
  readState(): Promise<Record<string, HostTensor>>;
  writeState(state: Record<string, HostTensor>): Promise<void>;
  states(): Promise<DenseProbeStates>;
  dispose(): void;
}

/** Binds fresh probes, all alike, to an engine. */
export function denseTrainer(engine: Engine, config: DenseProbeConfig, count: number, seed: number): DenseTrainer {
  const fresh = initializeDenseProbe(config, mersenneTwister(seed));
  const initial = initialDenseProbeState(config, Array<typeof fresh>(count).fill(fresh));
  const run = engine.bind(denseProbeTrainingStep(config), initial);
  const names = Object.keys(flatten<HostTensor>(initial));
  return {
    run,
    readState: () => run.flat.readState(names),
    writeState: (state) => run.flat.writeState(state),
    async states() {
      const { probe, statistics } = await run.readState();
      return { probe, statistics } as DenseProbeStates;
    },
    dispose: () => run.dispose(),
  };
}
