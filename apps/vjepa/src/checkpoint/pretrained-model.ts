import { existsSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { isHuggingFaceFolder } from '@vjepa/checkpoints';
import { type ClipSpacing, describeEncoder, recognizeCheckpoint, usualSpacing } from '@vjepa/evaluation';
import { checkpointPath, listCheckpoints } from '@vjepa/training';
import { type ClipEncoder, isVjepa2, nearestEncoderName, splitEncoderName, type Vjepa2EncoderConfig } from '@vjepa/vit';
import { CommandError } from '../command-error.js';
import { loadFineTuningConfig, loadPretrainingConfig, readConfigTree } from '../config/load-config.js';
import { pretrainedEncoder } from '../config/pretrained-encoder.js';
import type { PretrainingConfig } from '../config/pretraining-config.js';
import { planOf } from '../config/pretraining-plan.js';
import { checkpointConfig } from './checkpoint-config.js';

/** A pretrained encoder with the sizes and clips it was trained with, whoever knows them. */
export interface PretrainedModel extends ClipSpacing {
  /** The run folder, or the checkpoint, where one is named. */
  source: string;
  checkpoint: string;
  /** The model in it; undefined: the target encoder, else the encoder. */
  key: string | undefined;
  encoder: ClipEncoder;
  /** The run's own folder, or the checkpoint's. */
  folder: string;
  writeTag: string;
  /** The config of the pretraining run, where there is one. */
  config: PretrainingConfig | undefined;
  /** What is known of it, in one line. */
  description: string;
}

export interface ModelSource {
  /** A run folder: its newest checkpoint, its config's sizes and clips. */
  run?: string | undefined;
  /** A checkpoint; with `run`, one of that run. */
  checkpoint?: string | undefined;
  checkpointKey?: string | undefined;
  /** The number of heads, which a checkpoint that is no run's does not tell. */
  numHeads?: number | undefined;
  /** The name of the encoder, where it is known: it says which V-JEPA the checkpoint is of. */
  model?: string | undefined;
}

/** What a folder holds. */
export type RunKind = 'pretraining' | 'fine-tuning' | 'evaluation';

/** The kind of run a folder holds, by its config.yaml; undefined when it holds none. */
export function runKind(folder: string): RunKind | undefined {
  const file = join(folder, 'config.yaml');
  if (!existsSync(file)) return undefined;
  const { eval_name: name } = readConfigTree(file);
  if (name === undefined) return 'pretraining';
  return name === 'video_classification_finetuning' ? 'fine-tuning' : 'evaluation';
}

/** What is wrong with a folder that holds no run, or one of another kind. */
export function noRun(folder: string, kind: RunKind | undefined, remedy: string): CommandError {
  const problem = kind === undefined ? 'there is no run here: config.yaml is missing' : runWords[kind];
  return new CommandError(`${folder}: ${problem}; ${remedy}`);
}

const runWords: Readonly<Record<RunKind, string>> = {
  pretraining: 'holds a pretraining run',
  'fine-tuning': 'holds a fine-tuning',
  evaluation: 'holds an evaluation',
};

/**
 * The config of the pretraining run in a folder.
 *
 * @throws CommandError when there is none, or the folder holds a fine-tuning or an evaluation
 */
export function pretrainingConfigFile(run: string): string {
  const kind = runKind(run);
  if (kind !== 'pretraining') throw noRun(run, kind, 'name the folder of a pretraining run');
  return join(run, 'config.yaml');
}

/**
 * The encoder of a run or of a checkpoint. A run knows its sizes and clips by its config, which its own checkpoints
 * carry, too; of any other checkpoint the shapes of its tensors and its position table tell them, and what they do not
 * tell is the paper's: a frame step of 4, the heads of the named encoder of that width.
 *
 * @throws CommandError when there is no run or no encoder; CheckpointError when the checkpoint cannot be read
 */
export async function pretrainedModel(from: ModelSource): Promise<PretrainedModel> {
  const { run, checkpoint } = from;
  if (run !== undefined) return modelOfRun(run, from);
  if (checkpoint === undefined) throw new CommandError('--run FOLDER or --checkpoint FILE is needed');
  if (isFolder(checkpoint) && !isHuggingFaceFolder(checkpoint)) {
    throw new CommandError(`${checkpoint}: is a folder; name a file in it, or a run with --run`);
  }
  const config = await checkpointConfig(checkpoint);
  const place = { source: checkpoint, checkpoint, folder: dirname(checkpoint), key: from.checkpointKey };
  return config === undefined ? modelOfTensors(place, from) : modelOfConfig(place, config);
}

type Place = Pick<PretrainedModel, 'source' | 'checkpoint' | 'folder' | 'key'>;

function modelOfRun(run: string, { checkpoint, checkpointKey: key }: ModelSource): PretrainedModel {
  const kind = runKind(run);
  const file = join(run, 'config.yaml');
  if (kind === undefined) throw noRun(run, kind, 'name the folder of a pretraining or fine-tuning run');
  if (kind === 'evaluation') {
    const { pretrain } = readConfigTree(file) as { pretrain?: { folder?: unknown } };
    throw new CommandError(
      `${run}: holds an evaluation, which trains no encoder; name the run that it evaluated (${pretrain?.folder})`,
    );
  }
  if (kind === 'fine-tuning') {
    const { config } = loadFineTuningConfig(file);
    const { pretrain, optimization, data } = config;
    return described({
      source: checkpoint ?? run,
      checkpoint: checkpoint ?? existing(join(run, `${pretrain.write_tag}-latest.pth.tar`), run),
      key: key ?? 'encoder',
      encoder: pretrainedEncoder(pretrain, optimization.resolution),
      frameStep: data.frame_step ?? pretrain.frame_step,
      clipDuration: pretrain.clip_duration,
      folder: run,
      writeTag: pretrain.write_tag,
      config: undefined,
    });
  }
  const { config } = loadPretrainingConfig(file);
  const newest = checkpoint ?? newestCheckpoint(run, config.logging.write_tag);
  return modelOfConfig({ source: checkpoint ?? run, checkpoint: newest, folder: run, key }, config);
}

/**
 * The model that a path names: a file, a folder of Hugging Face's, or the newest checkpoint of the run in a folder.
 *
 * @throws CommandError when there is no run in the folder, or it has no checkpoint
 */
export function modelFile(path: string): string {
  return isFolder(path) && !isHuggingFaceFolder(path) ? modelOfRun(path, {}).checkpoint : path;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function newestCheckpoint(run: string, tag: string): string {
  const folder = join(run, 'checkpoints');
  const [step] = listCheckpoints(folder);
  return step === undefined ? existing(join(run, `${tag}-latest.pth.tar`), run) : checkpointPath(folder, step);
}

function existing(path: string, run: string): string {
  if (existsSync(path)) return path;
  throw new CommandError(`${run}: the run has no checkpoint yet; it writes its first at the end of an epoch`);
}

function modelOfConfig(place: Place, config: PretrainingConfig): PretrainedModel {
  return described({
    ...place,
    encoder: planOf(config).encoder,
    frameStep: config.data.sampling_rate,
    clipDuration: config.data.clip_duration,
    writeTag: config.logging.write_tag,
    config,
  });
}

async function modelOfTensors(place: Place, { numHeads, model: name }: ModelSource): Promise<PretrainedModel> {
  const version = name === undefined ? undefined : splitEncoderName(name).version;
  const { encoder, doubts } = await recognizeCheckpoint(place.checkpoint, { key: place.key, numHeads, version });
  return described({ ...place, encoder, ...usualSpacing(encoder), writeTag: 'jepa', config: undefined }, doubts);
}

function described(model: Omit<PretrainedModel, 'description'>, doubts: readonly string[] = []): PretrainedModel {
  const description = [`${model.source}: ${describeEncoder(model.encoder, model)}`, ...doubts].join('; ');
  return { ...model, description };
}

/**
 * The model as the config section `pretrain` has it: a named encoder, and the sizes in which it differs.
 */
export function pretrainSection(model: PretrainedModel): Record<string, unknown> {
  const { encoder, folder, checkpoint } = model;
  return {
    model_name: nearestEncoderName(encoder),
    embed_dim: encoder.embedDim,
    depth: encoder.depth,
    num_heads: encoder.numHeads,
    mlp_ratio: encoder.mlpRatio,
    patch_size: encoder.patchSize,
    tubelet_size: encoder.tubeletSize,
    ...(isVjepa2(encoder) ? levelsOf(encoder) : { uniform_power: encoder.uniformPower }),
    frames_per_clip: encoder.numFrames,
    ...(model.frameStep === undefined ? {} : { frame_step: model.frameStep }),
    clip_duration: model.clipDuration,
    folder,
    checkpoint: relative(folder, checkpoint),
    write_tag: model.writeTag,
    ...(model.key === undefined ? {} : { checkpoint_key: model.key }),
  };
}

/** Where an encoder of V-JEPA 2.1 has them. */
function levelsOf({ normLayers }: Vjepa2EncoderConfig): Record<string, unknown> {
  return normLayers.length > 0 ? { norm_layers: normLayers } : {};
}
