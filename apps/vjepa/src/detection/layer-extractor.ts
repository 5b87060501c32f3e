import type { HostTensor, StepFunction } from '@vjepa/tensorflow';
import { type EncoderConfig, encodeLayers, normalizeClip, selectParameters, tokenGrid } from '@vjepa/vit';
import type { Engine } from '../engine/engine.js';
import type { PoolingGrid } from './box-pooling.js';

/** A frozen encoder seen at several depths. */
export interface LayerExtractor {
  readonly grid: PoolingGrid;
  /** Length of the layers' features side by side. */
  readonly width: number;
  /** Most clips of a call. */
  readonly batchSize: number;
  /** Pixels [T, S, S, 3] of each clip -> for each clip the tokens [N, D] of each layer. */
  extract(clips: readonly Uint8Array[]): Promise<Float32Array[][]>;
  dispose(): void;
}

const TOKENS_AT_ONCE = 4096;

/** @param layers blocks counted from 1; their outputs pass the encoder's last norm */
export function layerExtractor(
  engine: Engine,
  encoder: EncoderConfig,
  parameters: Record<string, HostTensor>,
  layers: readonly number[],
): LayerExtractor {
  const grid = tokenGrid(encoder);
  const N = grid.depth * grid.height * grid.width;
  const { embedDim: D, imageSize: S, numFrames: T } = encoder;
  const batchSize = engine.devices * Math.max(1, Math.min(8, Math.floor(TOKENS_AT_ONCE / N)));
  const blocks = layers.map((layer) => layer - 1);
  const step: StepFunction = (state, inputs) => {
    const clips = normalizeClip(inputs.clips as Parameters<typeof normalizeClip>[0]);
    const features = encodeLayers(encoder, selectParameters(state, 'encoder.'), clips, blocks);
    return { state: {}, outputs: Object.fromEntries(features.map((tokens, i) => [`layer.${i}`, tokens])) };
  };
  const run = engine.bind(
    step,
    Object.fromEntries(Object.entries(parameters).map(([name, value]) => [`encoder.${name}`, value])),
  );
  const length = T * S * S * 3;
  return {
    grid,
    width: layers.length * D,
    batchSize,
    async extract(clips) {
      const data = new Uint8Array(batchSize * length);
      for (const [i, clip] of clips.entries()) data.set(clip, i * length);
      const outputs = await run({ clips: { shape: [batchSize, T, S, S, 3], data } });
      return clips.map((_, i) =>
        layers.map((_, l) => (outputs[`layer.${l}`]!.data as Float32Array).subarray(i * N * D, (i + 1) * N * D)),
      );
    },
    dispose: () => run.dispose(),
  };
}
