import { countBlocks } from './count-blocks.js';
import { withoutPrefix } from './hugging-face.js';
import type { HuggingFaceNumbers } from './hugging-face-config.js';

type Shapes = ReadonlyMap<string, { readonly shape: readonly number[] }>;

/** What tensors under transformers' names tell of a model, by the keys of `config.json`. */
export interface HuggingFaceSizes {
  /** Those of the keys that the tensors tell. */
  numbers: Partial<HuggingFaceNumbers>;
  /** Widths of the hidden layers of MLPs, which a config has as ratios; a pooler's ratio is always 4. */
  hidden: Partial<Record<'mlp_ratio' | 'pred_mlp_ratio' | 'pooler', number>>;
  /** Classes of the classifier; undefined where there is none. */
  classes: number | undefined;
}

/** transformers' poolers have this ratio whatever the encoder's is. */
const POOLER_RATIO = 4;

/** The sizes of a model by its tensors; of parts that it lacks none. */
export function sizesOfTensors(tensors: Shapes): HuggingFaceSizes {
  const named = new Map([...tensors].map(([name, { shape }]) => [withoutPrefix(name), shape]));
  const rows = (name: string) => named.get(name)?.[0];
  const blocks = (prefix: string) => countBlocks(prefix, named.keys()) || undefined;
  const patch = named.get('encoder.embeddings.patch_embeddings.proj.weight');
  const classes = rows('classifier.weight');
  return {
    numbers: told({
      hidden_size: patch?.[0],
      in_chans: patch?.[1],
      tubelet_size: patch?.[2],
      patch_size: patch?.[3],
      num_hidden_layers: blocks('encoder.layer'),
      num_pooler_layers: classes === undefined ? undefined : countBlocks('pooler.self_attention_layers', named.keys()),
      pred_hidden_size: rows('predictor.embeddings.predictor_embeddings.weight'),
      pred_num_hidden_layers: blocks('predictor.layer'),
      pred_num_mask_tokens: rows('predictor.embeddings.mask_tokens'),
    }),
    hidden: told({
      mlp_ratio: rows('encoder.layer.0.mlp.fc1.weight'),
      pred_mlp_ratio: rows('predictor.layer.0.mlp.fc1.weight'),
      pooler: rows('pooler.cross_attention_layer.mlp.fc1.weight'),
    }),
    classes,
  };
}

/**
 * Where a config contradicts the tensors, such as `hidden_size is 1280, and the tensors' 1024`.
 *
 * @param labels names of classes; none: the config says nothing of them
 */
export function contradictions(
  config: HuggingFaceNumbers,
  labels: readonly string[],
  sizes: HuggingFaceSizes,
): string[] {
  const compare = (name: string, said: number, found: number | undefined) =>
    found === undefined || said === found ? [] : [`${name} is ${said}, and the tensors' ${found}`];
  const hidden = { mlp_ratio: config.hidden_size, pred_mlp_ratio: config.pred_hidden_size };
  return [
    ...(Object.keys(sizes.numbers) as (keyof HuggingFaceNumbers)[]).flatMap((key) =>
      compare(key, config[key], sizes.numbers[key]),
    ),
    ...(['mlp_ratio', 'pred_mlp_ratio'] as const).flatMap((key) =>
      compare(`the width of MLPs by ${key}`, Math.trunc(hidden[key] * config[key]), sizes.hidden[key]),
    ),
    ...compare("the width of the pooler's MLPs", POOLER_RATIO * config.hidden_size, sizes.hidden.pooler),
    ...(labels.length === 0 ? [] : compare('the number of labels in id2label', labels.length, sizes.classes)),
    ...headsThatDoNotFit('num_attention_heads', config.num_attention_heads, config.hidden_size),
    ...headsThatDoNotFit('pred_num_attention_heads', config.pred_num_attention_heads, config.pred_hidden_size),
  ];
}

function headsThatDoNotFit(key: string, heads: number, width: number): string[] {
  return width % heads === 0 ? [] : [`${key} is ${heads}, which does not divide the width ${width}`];
}

function told<Key extends string>(values: Record<Key, number | undefined>): Partial<Record<Key, number>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<
    Record<Key, number>
  >;
}
