import { CheckpointError } from './checkpoint-error.js';
import type { CheckpointDict } from './checkpoint-value.js';
import { toHuggingFace } from './hugging-face.js';
import { sizesOfTensors } from './hugging-face-sizes.js';
import { type NamedModels, openNamedModels } from './named-models.js';
import { type HuggingFaceOptions, newHuggingFaceConfig } from './new-hugging-face-config.js';
import { describeModels, recognizeModels } from './recognize-models.js';
import type { RecognizedModel } from './recognized-model.js';
import type { StoredTensor } from './stored-tensor.js';
import { writeHuggingFaceFolder } from './write-hugging-face-folder.js';
import { writeSafetensors } from './write-safetensors.js';
import { writeTorchCheckpoint } from './write-torch-checkpoint.js';

/** Whose names the models of V-JEPA 2 have: the original's, by model, or those of Hugging Face's transformers. */
export type ModelNames = 'original' | 'hugging-face';

/** What a conversion has written. */
export interface Conversion {
  /** The files, by their paths. */
  files: string[];
  /** What was left out, what was assumed, what the result computes differently: one sentence each. */
  notes: string[];
}

/** How the names of PyTorch's files end. */
export const TORCH_ENDING = /\.(pth\.tar|pth|pt)$/;

/** Tables that files of V-JEPA 2 carry and its models do not read. */
const UNREAD = ['pos_embed', 'predictor_pos_embed'];

/** V-JEPA 2's probes have this many heads whatever the encoder's are; transformers gives them the encoder's. */
const PROBE_HEADS = 16;

/**
 * Writes V-JEPA 2's models of a file under other names, values bit for bit what they are: predictor and probe, where there
 * are any, and all encoders under the original's names; under Hugging Face's the target encoder, else the encoder.
 *
 * @throws CheckpointError when there is no such model in the source, or the destination cannot be written
 */
export async function convertNames(
  source: string,
  destination: string,
  names: ModelNames,
  options: HuggingFaceOptions = {},
): Promise<Conversion> {
  const models = await openNamedModels(source, options.probe);
  try {
    return await (names === 'original'
      ? writeOriginal(destination, models)
      : writeTheirs(destination, models, options));
  } finally {
    await models.close();
  }
}

/**
 * In a PyTorch file the layout of the released ones, which every loader of the original takes: encoders prefixed with what
 * training wraps around them, a single one under two keys, as `encoder` and as its average; a probe as the one of a list.
 */
async function writeOriginal(destination: string, models: NamedModels): Promise<Conversion> {
  const { encoderKey, encoder, predictor, probe } = models;
  const encoders = models.encoders.size === 0 ? new Map([[encoderKey, encoder]]) : models.encoders;
  if (destination.endsWith('.safetensors')) {
    const named = { ...Object.fromEntries(encoders), predictor, classifier: probe };
    const all = Object.entries(named).flatMap(([key, tensors]) => [...prefixed(`${key}.`, tensors ?? new Map())]);
    await writeSafetensors(destination, new Map(all), { format: 'pt' });
  } else {
    const wrapped = new Map(Array.from(encoders, ([key, tensors]) => [key, prefixed('module.backbone.', tensors)]));
    const [first] = wrapped.values();
    await writeTorchCheckpoint(destination, {
      encoder: wrapped.get('encoder') ?? first!,
      ...Object.fromEntries(wrapped),
      ...(encoders.size === 1 && encoders.has('encoder') && { target_encoder: first! }),
      ...(predictor && { predictor: prefixed('module.backbone.', predictor) }),
      ...(probe && { classifiers: [prefixed('module.', probe)] }),
      // Loaders print it.
      epoch: 0,
    });
  }
  return { files: [destination], notes: [] };
}

async function writeTheirs(destination: string, models: NamedModels, options: HuggingFaceOptions): Promise<Conversion> {
  const { path, encoder, predictor, probe } = models;
  if (TORCH_ENDING.test(destination)) {
    const problem = "Hugging Face's names go into a folder or a .safetensors file";
    throw new CheckpointError(destination, problem, 'name the destination so');
  }
  const recognized = requireVjepa2(models, options.version);
  const all = new Map([...encoder, ...(predictor ?? []), ...(probe ?? [])]);
  const unread = UNREAD.filter((name) => all.delete(name));
  const tensors = toHuggingFace(path, all, { prefixed: probe !== undefined });
  const notes = unread.length === 0 ? [] : [`left out, as V-JEPA 2 does not read them: ${unread.join(', ')}`];
  if (destination.endsWith('.safetensors')) {
    await writeSafetensors(destination, tensors, { format: 'pt' });
    return { files: [destination], notes };
  }
  const missing = recognized.flatMap((model) => model.missing);
  if (missing.length > 0) {
    const problem = `lacks ${missing.join(', ')}, without which transformers draw them at random`;
    throw new CheckpointError(path, problem, 'convert a whole model');
  }
  if (predictor === undefined) {
    const remedy = 'write a .safetensors file, which may hold the encoder alone';
    throw new CheckpointError(path, "has no predictor, and transformers' model has one", remedy);
  }
  const [reads, gives] = ['probe', 'encoder'].map((kind) => recognized.find((model) => model.kind === kind)?.embedDim);
  if (reads !== undefined && reads !== gives) {
    const problem = `the probe reads features ${reads} wide, and the encoder's are ${gives}`;
    throw new CheckpointError(options.probe ?? path, problem, 'give the probe that was trained on this encoder');
  }
  const config = newHuggingFaceConfig(path, sizesOfTensors(tensors), models.huggingFace, options);
  if (config.assumed.length > 0) notes.push(`taken as usual, as nothing tells: ${config.assumed.join(', ')}`);
  const { num_attention_heads: heads } = config.numbers;
  if (probe !== undefined && heads !== PROBE_HEADS) {
    notes.push(
      `the probe was trained with ${PROBE_HEADS} heads, and transformers gives it the encoder's ${heads}: its logits differ`,
    );
  }
  return { files: await writeHuggingFaceFolder(destination, tensors, config), notes };
}

/**
 * @returns the models, as their tensors tell them
 * @throws CheckpointError when one is none that transformers has, or nothing tells and nobody says so
 */
function requireVjepa2(
  { path, encoderKey, encoder, predictor, probe }: NamedModels,
  said: HuggingFaceOptions['version'],
): RecognizedModel[] {
  const models = recognizeModels([
    [encoderKey, encoder],
    ['predictor', predictor ?? new Map()],
    ['classifier', probe ?? new Map()],
  ]);
  if (models.some(({ version = 'V-JEPA 2' }) => version !== 'V-JEPA 2')) {
    const problem = `holds ${describeModels(models)}, and transformers has a model of V-JEPA 2 alone`;
    throw new CheckpointError(path, problem, "keep the original's names");
  }
  const others = describeModels(models.filter(({ kind }) => !THEIRS.has(kind)));
  if (others !== undefined) {
    throw new CheckpointError(path, `has ${others} with it, of which transformers has no model`, 'leave it out');
  }
  if (said !== undefined || models.every(({ version }) => version !== undefined)) return models;
  const problem =
    'no tensor tells whether it is V-JEPA 2, or V-JEPA, which reads its position tables and has no place there';
  throw new CheckpointError(path, problem, 'where it is V-JEPA 2, say so');
}

const THEIRS: ReadonlySet<string> = new Set(['encoder', 'predictor', 'probe']);

function prefixed(
  prefix: string,
  tensors: ReadonlyMap<string, StoredTensor>,
): CheckpointDict & Map<string, StoredTensor> {
  return new Map([...tensors].map(([name, tensor]) => [prefix + name, tensor]));
}
