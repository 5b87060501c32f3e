import { type EncoderConfig, encoderConfig } from '@vjepa/vit';

/** A small encoder as the manifest of a fixture describes it. */
export interface FixtureEncoder {
  crop_size: number;
  patch_size: number;
  num_frames: number;
  tubelet_size: number;
  embed_dim: number;
  depth: number;
  num_heads: number;
  mlp_ratio: number;
  uniform_power: boolean;
}

/** The encoder of a fixture. */
export function fixtureEncoder(model: FixtureEncoder): EncoderConfig {
  return encoderConfig('vit_tiny', {
    imageSize: model.crop_size,
    patchSize: model.patch_size,
    numFrames: model.num_frames,
    tubeletSize: model.tubelet_size,
    embedDim: model.embed_dim,
    depth: model.depth,
    numHeads: model.num_heads,
    mlpRatio: model.mlp_ratio,
    uniformPower: model.uniform_power,
  });
}
