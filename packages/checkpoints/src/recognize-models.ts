import { countBlocks } from './count-blocks.js';
import type { ModelIndex, ModelTensors } from './model-index.js';
import { NAMED_ENCODERS } from './named-encoders.js';
import { stripNames } from './strip-names.js';

/** A model in a file, as its tensors' names and shapes tell. */
export interface RecognizedModel {
  /** The key it is under; undefined: the file is the model. */
  key: string | undefined;
  kind: 'encoder' | 'predictor' | 'probe';
  /**
   * Undefined where the tensors do not tell: of probes of depth 1 without a pooler, and of encoders and predictors with
   * a position table, which V-JEPA reads and files of V-JEPA 2 carry unread.
   */
  version: 'V-JEPA' | 'V-JEPA 2' | 'V-JEPA 2.1' | undefined;
  /** Blocks: those of an encoder or predictor, attentive ones of a probe. */
  depth: number;
  /** Width of the encoder's tokens. */
  embedDim: number;
  /** The model in words, such as `ViT-L/16` or `predictor of 12 blocks`. */
  description: string;
  /** Tables that the file holds and the model does not read. */
  unread: string[];
  /** Names that are no part of such a model. */
  unknown: string[];
  /** Names that such a model has and the file has not. */
  missing: string[];
}

type Shapes = ReadonlyMap<string, { readonly shape: readonly number[] }>;

/** Which model each dict of tensors of a file is; dicts that are none are left out. */
export function recognizeModels(path: string, index: ModelIndex): RecognizedModel[] {
  return [...index.models].flatMap(([key, tensors]) => {
    const model = recognizeModel(key, shortNames(path, tensors));
    return model === undefined ? [] : [model];
  });
}

/** In the order in which they are named. */
const KINDS = ['encoder', 'predictor', 'probe'] as const;

/**
 * What a file holds in one line, such as `V-JEPA 2.1 ViT-L/16, distilled, predictor of 12 blocks`. Undefined where no
 * model is recognised.
 */
export function describeModels(models: readonly RecognizedModel[]): string | undefined {
  if (models.length === 0) return undefined;
  const version = (['V-JEPA 2.1', 'V-JEPA 2', 'V-JEPA'] as const).find((name) => {
    return models.some((model) => model.version === name);
  });
  // Averages and copies of an encoder have its sizes.
  const ordered = KINDS.flatMap((kind) => models.filter((model) => model.kind === kind));
  const parts = [...new Set(ordered.map(({ description }) => description))];
  return `${version ?? 'V-JEPA or V-JEPA 2, which the tensors do not tell:'} ${parts.join(', ')}`;
}

/** Which model the tensors under a key are, their names without the wrappers of training; undefined where they are none. */
export function recognizeModel(key: string | undefined, tensors: Shapes): RecognizedModel | undefined {
  if (tensors.has('patch_embed.proj.weight')) return encoder(key, tensors);
  if (tensors.has('predictor_proj.weight')) return predictor(key, tensors);
  return tensors.has('linear.weight') ? probe(key, tensors) : undefined;
}

function encoder(key: string | undefined, tensors: Shapes): RecognizedModel {
  const patch = tensors.get('patch_embed.proj.weight')!.shape;
  const [embedDim, side, depth] = [patch[0]!, patch.at(-1)!, countBlocks('blocks', tensors.keys())];
  const is21 = tensors.has('norms_block.0.weight') || tensors.has('patch_embed_img.proj.weight');
  const hasTable = tensors.has('pos_embed');
  const version = is21 ? 'V-JEPA 2.1' : hasTable ? undefined : 'V-JEPA 2';
  const name = NAMED_ENCODERS.find((named) => named.embedDim === embedDim && named.depth === depth)?.name;
  const expected = [
    ...affine('patch_embed.proj'),
    ...blockNames('blocks', depth),
    ...(is21
      ? [...affine('patch_embed_img.proj'), 'img_mod_embed', 'video_mod_embed', ...levelNorms(tensors)]
      : affine('norm')),
  ];
  return {
    ...{ key, kind: 'encoder', version, depth, embedDim },
    description: name === undefined ? `encoder of ${depth} blocks, ${embedDim} wide, /${side}` : `${name}/${side}`,
    ...accounted(tensors, expected, ['pos_embed'], version),
  };
}

/** At least one norm; as many as the file has. */
function levelNorms(tensors: Shapes): string[] {
  return Array.from(
    { length: Math.max(1, countBlocks('norms_block', tensors.keys())) },
    (_, i) => `norms_block.${i}`,
  ).flatMap(affine);
}

function predictor(key: string | undefined, tensors: Shapes): RecognizedModel {
  const depth = countBlocks('predictor_blocks', tensors.keys());
  const is21 = tensors.has('predictor_proj_context.weight');
  const fused = tensors.has('predictor_embed.0.weight');
  const version = is21 ? 'V-JEPA 2.1' : tensors.has('predictor_pos_embed') ? undefined : 'V-JEPA 2';
  const input = tensors.get(fused ? 'predictor_embed.2.weight' : 'predictor_embed.weight');
  const embedDim = input?.shape[1] ?? 0;
  const outputDim = tensors.get('predictor_proj.weight')!.shape[0]!;
  const distilled = is21 && !fused && outputDim !== embedDim;
  const maskTokens = countBlocks('mask_tokens', tensors.keys());
  const expected = [
    ...(fused ? ['predictor_embed.0', 'predictor_embed.2'] : ['predictor_embed']).flatMap(affine),
    ...Array.from({ length: maskTokens }, (_, i) => `mask_tokens.${i}`),
    ...blockNames('predictor_blocks', depth),
    ...['predictor_norm', 'predictor_proj'].flatMap(affine),
    ...(is21 ? [...affine('predictor_proj_context'), 'img_mod_embed', 'video_mod_embed'] : []),
  ];
  return {
    ...{ key, kind: 'predictor', version, depth, embedDim },
    description: `${distilled ? 'distilled, ' : ''}predictor of ${depth} blocks`,
    ...accounted(tensors, expected, ['predictor_pos_embed'], version),
  };
}

function probe(key: string | undefined, tensors: Shapes): RecognizedModel | undefined {
  const [classes, embedDim] = tensors.get('linear.weight')!.shape as [number, number];
  const cross = 'pooler.cross_attention_block';
  const attentive = tensors.has('pooler.query_tokens') && tensors.has(`${cross}.xattn.q.weight`);
  if (!attentive) return undefined;
  const hasProjection = tensors.has(`${cross}.xattn.proj.weight`);
  const blocks = countBlocks('pooler.blocks', tensors.keys());
  const leaves = [
    'norm1',
    'xattn.q',
    'xattn.kv',
    ...(hasProjection ? ['xattn.proj'] : []),
    'norm2',
    'mlp.fc1',
    'mlp.fc2',
  ];
  const expected = [
    'pooler.query_tokens',
    ...leaves.flatMap((leaf) => affine(`${cross}.${leaf}`)),
    ...blockNames('pooler.blocks', blocks),
    ...affine('linear'),
  ];
  const version = hasProjection ? 'V-JEPA' : 'V-JEPA 2';
  return {
    ...{ key, kind: 'probe', version, depth: blocks + 1, embedDim },
    description: `attentive probe of depth ${blocks + 1} for ${classes} classes, ${embedDim} wide`,
    ...accounted(tensors, expected, [], version),
  };
}

/** Every name of the file is the model's, a table known to be unread, or unknown. */
function accounted(
  tensors: Shapes,
  expected: readonly string[],
  tables: readonly string[],
  version: RecognizedModel['version'],
): Pick<RecognizedModel, 'unread' | 'unknown' | 'missing'> {
  const names = new Set([...expected, ...tables]);
  return {
    unread: version === undefined ? [] : tables.filter((name) => tensors.has(name)),
    unknown: [...tensors.keys()].filter((name) => !names.has(name)),
    missing: expected.filter((name) => !tensors.has(name)),
  };
}

const BLOCK_LEAVES = ['norm1', 'attn.qkv', 'attn.proj', 'norm2', 'mlp.fc1', 'mlp.fc2'];

function blockNames(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) =>
    BLOCK_LEAVES.flatMap((leaf) => affine(`${prefix}.${i}.${leaf}`)),
  ).flat();
}

function affine(name: string): string[] {
  return [`${name}.weight`, `${name}.bias`];
}

function shortNames(path: string, tensors: ModelTensors): Shapes {
  return stripNames(path, tensors);
}
