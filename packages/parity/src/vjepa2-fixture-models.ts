import {
  type Vjepa2EncoderConfig,
  type Vjepa2PredictorConfig,
  vjepa2EncoderConfig,
  vjepa2PredictorConfig,
  vjepa21EncoderConfig,
  vjepa21PredictorConfig,
} from '@vjepa/vit';

interface FixtureModel {
  img_size: number;
  patch_size: number;
  num_frames: number;
  tubelet_size: number;
  embed_dim: number;
  mlp_ratio: number;
  layer_norm_eps: number;
  /** V-JEPA 2.1 only. */
  interpolate_rope?: boolean;
  pretrained_grid_size?: number;
}

/** A small encoder as the manifest of a fixture of V-JEPA 2 or 2.1 describes it. */
export interface FixtureVjepa2Encoder extends FixtureModel {
  depth: number;
  num_heads: number;
  norms_block_of?: number[] | undefined;
}

/** A small predictor as the manifest of a fixture describes it. */
export interface FixtureVjepa2Predictor extends FixtureModel {
  pred_embed_dim: number;
  pred_depth: number;
  pred_num_heads: number;
  num_mask_tokens: number;
  levels?: number;
  teacher_embed_dim?: number | null;
}

/** The encoder of a fixture. */
export function fixtureVjepa2Encoder(version: '2' | '2.1', model: FixtureVjepa2Encoder): Vjepa2EncoderConfig {
  const sizes = { ...clipSizes(model), depth: model.depth, numHeads: model.num_heads, mlpRatio: model.mlp_ratio };
  return version === '2'
    ? vjepa2EncoderConfig('vit_tiny', sizes)
    : vjepa21EncoderConfig('vit_tiny', { ...sizes, rotarySide: rotarySide(model), normLayers: model.norms_block_of });
}

/** The predictor of a fixture. */
export function fixtureVjepa2Predictor(version: '2' | '2.1', model: FixtureVjepa2Predictor): Vjepa2PredictorConfig {
  const sizes = {
    embedDim: model.pred_embed_dim,
    depth: model.pred_depth,
    numHeads: model.pred_num_heads,
    mlpRatio: model.mlp_ratio,
    numMaskTokens: model.num_mask_tokens,
  };
  // Of the encoder a predictor needs the width and the clips only.
  const encoder = { ...clipSizes(model), depth: 12, numHeads: 1 };
  return version === '2'
    ? vjepa2PredictorConfig(vjepa2EncoderConfig('vit_tiny', encoder), sizes)
    : vjepa21PredictorConfig(vjepa21EncoderConfig('vit_tiny', encoder), {
        ...sizes,
        levels: model.levels,
        teacherDim: model.teacher_embed_dim ?? undefined,
        rotarySide: rotarySide(model),
      });
}

function clipSizes(model: FixtureModel) {
  return {
    imageSize: model.img_size,
    patchSize: model.patch_size,
    numFrames: model.num_frames,
    tubeletSize: model.tubelet_size,
    embedDim: model.embed_dim,
    layerNormEpsilon: model.layer_norm_eps,
  };
}

function rotarySide({ interpolate_rope = false, pretrained_grid_size = 16 }: FixtureModel): number | null {
  return interpolate_rope ? pretrained_grid_size : null;
}
