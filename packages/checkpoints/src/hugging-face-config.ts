import { CheckpointError } from './checkpoint-error.js';

/** What Hugging Face's `config.json` says of a V-JEPA 2 model and no tensor does, and the rest of it. */
export interface HuggingFaceConfig {
  /** The encoder, by the names that `vjepa2EncoderConfig` of `@vjepa/vit` has for its sizes. */
  encoder: {
    /** Side of the frames in pixels (`crop_size`). */
    imageSize: number;
    patchSize: number;
    /** Frames of a clip (`frames_per_clip`). */
    numFrames: number;
    tubeletSize: number;
    embedDim: number;
    depth: number;
    numHeads: number;
    mlpRatio: number;
    layerNormEpsilon: number;
  };
  /** The predictor, by the names of `vjepa2PredictorConfig`. */
  predictor: { embedDim: number; depth: number; numHeads: number; mlpRatio: number; numMaskTokens: number };
  /** The attentive probe of a classification model, which in transformers has the encoder's heads and norms. */
  probe: {
    /** Self-attention blocks (`num_pooler_layers`) and the cross-attention behind them. */
    depth: number;
    /** What the classes are called, in their order (`id2label`); empty where the config names none. */
    labels: string[];
  };
}

/** The numbers of a `config.json` of transformers' `VJEPA2Config`, and what stands where it has none. */
export const DEFAULT_NUMBERS = {
  patch_size: 16,
  crop_size: 256,
  frames_per_clip: 64,
  tubelet_size: 2,
  in_chans: 3,
  hidden_size: 1024,
  num_hidden_layers: 24,
  num_attention_heads: 16,
  mlp_ratio: 4,
  layer_norm_eps: 1e-6,
  num_pooler_layers: 3,
  pred_hidden_size: 384,
  pred_num_hidden_layers: 12,
  pred_num_attention_heads: 12,
  pred_num_mask_tokens: 10,
  pred_mlp_ratio: 4,
};

/** The numbers of a config by the keys of `config.json`. */
export type HuggingFaceNumbers = Record<keyof typeof DEFAULT_NUMBERS, number>;

const FRACTIONS: ReadonlySet<string> = new Set(['mlp_ratio', 'pred_mlp_ratio', 'layer_norm_eps']);

const MODEL_TYPE = 'vjepa2';

/**
 * The numbers in a `config.json`, each the default where it is left out.
 *
 * @param path the file, for messages
 * @throws CheckpointError when it is no config of V-JEPA 2, or a value is none that such a model can have
 */
export function configNumbers(path: string, json: Readonly<Record<string, unknown>>): HuggingFaceNumbers {
  const { model_type: type = MODEL_TYPE } = json;
  if (type !== MODEL_TYPE) {
    const problem = `is the config of a model of type ${JSON.stringify(type)}; expected ${MODEL_TYPE}`;
    throw new CheckpointError(path, problem, 'name a folder of a V-JEPA 2 model');
  }
  const keys = Object.keys(DEFAULT_NUMBERS) as (keyof HuggingFaceNumbers)[];
  return Object.fromEntries(
    keys.map((key) => {
      const value = json[key] ?? DEFAULT_NUMBERS[key];
      const fits =
        typeof value === 'number' &&
        value > 0 &&
        (FRACTIONS.has(key) ? Number.isFinite(value) : Number.isInteger(value));
      // Without poolers a probe is its cross-attention alone.
      if (fits || (key === 'num_pooler_layers' && value === 0)) return [key, value];
      const expected = FRACTIONS.has(key) ? 'a number above 0' : 'a whole number of at least 1';
      throw new CheckpointError(path, `'${key}' is ${JSON.stringify(value)}; expected ${expected}`, DAMAGED);
    }),
  ) as HuggingFaceNumbers;
}

const DAMAGED = 'the file is damaged or of another model: download it again';

/** The labels of the classes in their order; none where the config has no `id2label`. */
export function configLabels(path: string, { id2label = {} }: Readonly<Record<string, unknown>>): string[] {
  const named = new Map(Object.entries(Object(id2label)));
  return Array.from(named, (_, index) => {
    const label = named.get(`${index}`);
    if (typeof label === 'string') return label;
    throw new CheckpointError(path, `'id2label' has ${named.size} entries and none for class ${index}`, DAMAGED);
  });
}

/** A config in this package's words. */
export function huggingFaceConfigOf(numbers: HuggingFaceNumbers, labels: string[]): HuggingFaceConfig {
  return {
    encoder: {
      imageSize: numbers.crop_size,
      patchSize: numbers.patch_size,
      numFrames: numbers.frames_per_clip,
      tubeletSize: numbers.tubelet_size,
      embedDim: numbers.hidden_size,
      depth: numbers.num_hidden_layers,
      numHeads: numbers.num_attention_heads,
      mlpRatio: numbers.mlp_ratio,
      layerNormEpsilon: numbers.layer_norm_eps,
    },
    predictor: {
      embedDim: numbers.pred_hidden_size,
      depth: numbers.pred_num_hidden_layers,
      numHeads: numbers.pred_num_attention_heads,
      mlpRatio: numbers.pred_mlp_ratio,
      numMaskTokens: numbers.pred_num_mask_tokens,
    },
    probe: { depth: numbers.num_pooler_layers + 1, labels },
  };
}
