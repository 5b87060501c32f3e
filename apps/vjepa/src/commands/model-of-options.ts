import { dirname } from 'node:path';
import { readClassNames } from '@vjepa/benchmarks';
import { countClasses, FRAMES_A_SECOND, pictureFrames, probeClasses, publishedClips } from '@vjepa/evaluation';
import { isVjepa2 } from '@vjepa/vit';
import {
  noRun,
  type PretrainedModel,
  pretrainedModel,
  pretrainSection,
  type RunKind,
  runKind,
} from '../checkpoint/pretrained-model.js';
import { CommandError } from '../command-error.js';
import { ownTree } from '../config/load-config.js';
import type { ConfigTree, Override } from '../config/override.js';

/** Whose encoder is evaluated or fine-tuned, on which videos, and where results go, as the command line says it. */
export interface ModelOptions {
  config?: string;
  set?: Override[];
  run?: string;
  checkpoint?: string;
  checkpointKey?: string;
  output?: string;
  train?: string;
  val?: string;
  test?: string;
  /** A trained probe: nothing is trained, and it tells how many classes there are. */
  probe?: string;
  head?: number;
  as?: 'trained' | 'hugging-face';
}

/** A config file, what else the command line says of its keys, and the folder for results. */
export interface ResolvedOptions {
  file: string;
  overrides: Override[];
  output: string | undefined;
  notes: string[];
}

/**
 * Reads the options that `evaluate` and `finetune` share. With a run or a checkpoint the encoder and its clips come from
 * there and go before the config's, `--set` before both; without a config the one that comes along is taken.
 *
 * @param own the config for one's own runs, and the kinds of run whose encoder the command takes; any other folder named
 *   by `--run` is one for results
 * @throws CommandError when model, config or videos are not named
 */
export async function resolveModelOptions(
  options: ModelOptions,
  own: { config: string; kinds: readonly RunKind[] },
): Promise<ResolvedOptions> {
  const { run, checkpoint, checkpointKey, set = [] } = options;
  const kind = run === undefined ? undefined : runKind(run);
  const isModel = kind !== undefined && own.kinds.includes(kind);
  if (run !== undefined && !isModel && options.output !== undefined) {
    throw noRun(run, kind, '--run names the run that is taken, --output the folder for results');
  }
  const named = isModel || checkpoint !== undefined;
  if (!named && options.config === undefined) {
    if (run === undefined) {
      throw new CommandError('--run FOLDER (a run of yours), --checkpoint FILE or --config FILE is needed');
    }
    const resume = kind === undefined ? '' : ', or go on with this one by the command that began it and --resume';
    throw noRun(run, kind, `name the folder of a ${own.kinds.join(' or ')} run, or give --config FILE${resume}`);
  }
  const file = options.config ?? own.config;
  const lists = listOverrides(options);
  const tree = ownTree(file, [...lists, ...set]);
  const heads = (tree.pretrain as ConfigTree | undefined)?.num_heads;
  const numHeads = typeof heads === 'number' ? heads : undefined;
  const model = named
    ? await pretrainedModel({
        run: isModel ? run : undefined,
        checkpoint,
        checkpointKey,
        numHeads,
        model: namedModel(set),
      })
    : undefined;
  const ofModel = model ? await modelOverrides(model, tree, options) : [];
  const overrides = [...ofModel, ...lists, ...set];
  const classes = await countedClasses(file, tree, options);
  const output = options.output ?? (isModel ? undefined : run);
  const notes = model ? [model.description] : [];
  if (run !== undefined && !isModel)
    notes.push(`--run ${run} names no run of a model: results go there, as with --output`);
  return { file, overrides: [...classes, ...overrides], output, notes };
}

/** The encoder that `--set` names; the config's own name gives way to what the checkpoint holds. */
function namedModel(set: readonly Override[]): string | undefined {
  const name = set.findLast(({ path }) => path.join('.') === 'pretrain.model_name')?.value;
  return typeof name === 'string' ? name : undefined;
}

/** The lists that `--train`, `--val` and `--test` name. */
function listOverrides({ probe, val, test, ...given }: ModelOptions): Override[] {
  const lists = { train: given.train ?? (probe === undefined ? undefined : val), val, test };
  return (['train', 'val', 'test'] as const).flatMap((split) =>
    lists[split] === undefined ? [] : [{ path: ['data', `dataset_${split}`], value: lists[split] }],
  );
}

/** The keys of a config that say which encoder it is and what it sees. */
async function modelOverrides(
  model: PretrainedModel,
  { eval_name: evaluation, data }: ConfigTree,
  options: ModelOptions,
): Promise<Override[]> {
  const { encoder } = model;
  const { imageSize } = encoder;
  const images = evaluation === 'image_classification_frozen';
  const keys: Record<string, Record<string, unknown>> = {
    pretrain: { ...pretrainSection(model), ...(images && { frames_per_clip: pictureFrames(encoder) }) },
    ...(images
      ? { data: { resolution: imageSize } }
      : {
          // The clips of an anticipation are its protocol's, whatever the encoder was trained on.
          ...(evaluation !== 'action_anticipation_frozen' && {
            data: await clipKeys(model, (data ?? {}) as ConfigTree, options),
          }),
          optimization: { resolution: imageSize },
        }),
  };
  return Object.entries(keys).flatMap(([section, values]) =>
    Object.entries(values).map(([key, value]): Override => ({ path: [section, key], value })),
  );
}

/**
 * The keys of `data` that say which clips the encoder sees: those it was trained on. Published encoders of V-JEPA 2 take any,
 * so that clips which the config names stay as they are. A published probe sees what its task's evaluation has.
 */
async function clipKeys(
  { encoder, frameStep }: PretrainedModel,
  data: ConfigTree,
  { config, probe, head, as }: ModelOptions,
): Promise<ConfigTree> {
  const isPublished = config === undefined && probe !== undefined && runKind(dirname(probe)) !== 'evaluation';
  const task = isPublished ? await publishedClips(probe, encoder, { head }) : undefined;
  const looks = task && as !== 'hugging-face' ? task : undefined;
  const isOpen = isVjepa2(encoder) && frameStep === undefined;
  const frames = (isVjepa2(encoder) ? looks?.framesPerClip : undefined) ?? encoder.numFrames;
  const step = task?.frameStep ?? frameStep;
  return {
    ...(isOpen && data.frames_per_clip !== undefined ? {} : { frames_per_clip: frames }),
    ...(isOpen && (data.frame_step ?? data.fps) !== undefined
      ? {}
      : step === undefined
        ? { fps: FRAMES_A_SECOND }
        : { frame_step: step }),
    ...(looks && { num_segments: looks.segments, num_views_per_segment: looks.views }),
  };
}

/** `data.num_classes` of a config that leaves it out: the classes it names, the probe's, or those of its training list. */
async function countedClasses(
  file: string,
  { eval_name: name, data = {} }: ConfigTree,
  { probe, head }: ModelOptions,
): Promise<Override[]> {
  if (name !== 'video_classification_frozen' && name !== 'video_classification_finetuning') return [];
  const { num_classes, class_names: names, dataset_train: train, dataset_val: val } = data as ConfigTree;
  if (train === undefined || val === undefined) {
    const missing = [train === undefined ? '--train LIST' : '', val === undefined ? '--val LIST' : ''];
    throw new CommandError(
      `${file}: labelled videos are needed: give ${missing.filter(Boolean).join(' and ')}, lists of lines "path label" or class folders`,
    );
  }
  if (num_classes !== undefined) return [];
  const named = typeof names === 'string' ? (await readClassNames(names)).length : undefined;
  const value = named ?? (await (probe === undefined ? countClasses(String(train)) : probeClasses(probe, { head })));
  return [{ path: ['data', 'num_classes'], value }];
}
