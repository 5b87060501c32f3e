import { clipFeatures } from '@vjepa/probe';
import type { HostTensor, StepFunction } from '@vjepa/tensorflow';
import type { ClipLoader } from '@vjepa/video';
import { type EncoderConfig, selectParameters } from '@vjepa/vit';
import type { Engine } from '../engine/engine.js';
import type { FeatureSet } from './feature-set.js';

export interface ExtractFeaturesOptions {
  engine: Engine;
  encoder: EncoderConfig;
  /** The encoder's parameters by the names of the reference state dict. */
  parameters: Record<string, HostTensor>;
  /** Gives uint8 clips, one per video. */
  loader: ClipLoader;
  /** Number of videos the loader holds. */
  videos: number;
  batchSize: number;
  onProgress?: (done: number, total: number) => void;
}

/** Runs a frozen encoder over one clip of every video: [N, D] features each, in the videos' order. */
export async function extractFeatures(options: ExtractFeaturesOptions): Promise<FeatureSet> {
  const { engine, encoder, parameters, loader, videos, batchSize, onProgress } = options;
  const forward: StepFunction = (state, { clips }) => ({
    state: {},
    outputs: { features: clipFeatures(encoder, selectParameters(state, 'encoder.'), clips!) },
  });
  const state = Object.fromEntries(Object.entries(parameters).map(([name, tensor]) => [`encoder.${name}`, tensor]));
  const run = engine.bind(forward, state);
  const set: FeatureSet = { features: [], labels: new Int32Array(videos), tokens: 0, dim: encoder.embedDim };
  try {
    for await (const batch of loader.batches(everyVideo(videos, batchSize))) {
      const { features } = await run({ clips: { shape: batch.shape, data: batch.clips } });
      set.labels.set(batch.labels, set.features.length);
      batch.release();
      const [rows, tokens, dim] = features!.shape as [number, number, number];
      set.tokens = tokens;
      for (let row = 0; row < rows; row++) {
        set.features.push((features!.data as Float32Array).slice(row * tokens * dim, (row + 1) * tokens * dim));
      }
      onProgress?.(set.features.length, videos);
    }
  } finally {
    run.dispose();
  }
  return set;
}

function* everyVideo(videos: number, batchSize: number) {
  for (let start = 0; start < videos; start += batchSize) {
    const length = Math.min(batchSize, videos - start);
    yield Array.from({ length }, (_, i) => ({ index: start + i, epoch: 0, draw: start + i }));
  }
}
