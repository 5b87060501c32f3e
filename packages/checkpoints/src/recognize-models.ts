import { countBlocks } from './count-blocks.js';
import { accounted, affine, blockNames, type Shapes } from './expected-names.js';
import { modelVersion } from './model-version.js';
import { NAMED_ENCODERS } from './named-encoders.js';
import { recognizeProbe } from './recognize-probe.js';
import type { ModelVersion, RecognizedModel } from './recognized-model.js';

/**
 * Which model the tensors under each key are; those that are none are left out.
 *
 * @param named by key, the tensors under their names without the wrappers of training
 */
export function recognizeModels(named: Iterable<readonly [string | undefined, Shapes]>): RecognizedModel[] {
  const models = [...named];
  // The models of a file are of one version: what one of them tells goes for those that do not.
  const told = models.map(([, tensors]) => modelVersion(tensors)?.version).find((version) => version !== undefined);
  return models.flatMap(([key, tensors]) => recognizeModel(key, tensors, told) ?? []);
}

/** In the order in which they are named. */
const KINDS = ['encoder', 'predictor', 'action predictor', 'probe', 'anticipation probe'] as const;

/**
 * What a file holds in one line, such as `V-JEPA 2.1 ViT-L/16, distilled, predictor of 12 blocks`. Undefined where no
 * model is recognised.
 */
export function describeModels(models: readonly RecognizedModel[]): string | undefined {
  if (models.length === 0) return undefined;
  const version = (['V-JEPA 2.1', 'V-JEPA 2', 'V-JEPA'] as const).find((name) => {
    return models.some((model) => model.version === name);
  });
  const ordered = KINDS.flatMap((kind) => models.filter((model) => model.kind === kind));
  const parts = [...new Set(ordered.map(({ description }) => description))].map((description) => {
    // Averages and copies of an encoder have its sizes and are one model; probes of a sweep are many.
    const alike = ordered.filter((model) => model.description === description && model.kind.endsWith('probe')).length;
    return alike > 1 ? `${description}, ${alike} of these` : description;
  });
  return `${version ?? 'V-JEPA or V-JEPA 2, which the tensors do not tell:'} ${parts.join(', ')}`;
}

function recognizeModel(
  key: string | undefined,
  tensors: Shapes,
  told: ModelVersion | undefined,
): RecognizedModel | undefined {
  const version = modelVersion(tensors)?.version ?? told;
  if (tensors.has('patch_embed.proj.weight')) return encoder(key, tensors, version);
  if (tensors.has('action_encoder.weight')) return actionPredictor(key, tensors);
  if (tensors.has('predictor_proj.weight')) return predictor(key, tensors, version);
  return recognizeProbe(key, tensors);
}

/** The name of an encoder's size, where it has one. */
function nameOf(tensors: Shapes): string | undefined {
  const [embedDim] = tensors.get('patch_embed.proj.weight')!.shape;
  const depth = countBlocks('blocks', tensors.keys());
  return NAMED_ENCODERS.find((named) => named.embedDim === embedDim && named.depth === depth)?.name;
}

function encoder(key: string | undefined, tensors: Shapes, version: ModelVersion | undefined): RecognizedModel {
  const patch = tensors.get('patch_embed.proj.weight')!.shape;
  const [embedDim, side, depth] = [patch[0]!, patch.at(-1)!, countBlocks('blocks', tensors.keys())];
  const name = nameOf(tensors);
  const expected = [
    ...affine('patch_embed.proj'),
    ...blockNames('blocks', depth),
    ...(version === 'V-JEPA 2.1'
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

function predictor(key: string | undefined, tensors: Shapes, version: ModelVersion | undefined): RecognizedModel {
  const depth = countBlocks('predictor_blocks', tensors.keys());
  const is21 = version === 'V-JEPA 2.1';
  const fused = tensors.has('predictor_embed.0.weight');
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

/** V-JEPA 2-AC's: actions, states and extrinsics of a robot's camera are tokens of their own, embedded from 7, 7 and 6 numbers. */
function actionPredictor(key: string | undefined, tensors: Shapes): RecognizedModel {
  const depth = countBlocks('predictor_blocks', tensors.keys());
  const linears = ['predictor_embed', 'action_encoder', 'state_encoder', 'extrinsics_encoder'];
  const expected = [
    ...linears.flatMap(affine),
    ...blockNames('predictor_blocks', depth),
    ...['predictor_norm', 'predictor_proj'].flatMap(affine),
  ];
  const embedDim = tensors.get('predictor_embed.weight')?.shape[1] ?? 0;
  return {
    ...{ key, kind: 'action predictor', version: 'V-JEPA 2', depth, embedDim },
    description: `action-conditioned predictor of ${depth} blocks`,
    ...accounted(tensors, expected, ['predictor_pos_embed'], 'V-JEPA 2'),
  };
}
