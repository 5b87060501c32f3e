import type { OptionNames } from '@vjepa/training';
import { PRETRAINING_KEYS } from './config/pretraining-keys.js';

const FLAGS: Readonly<Record<string, string>> = {
  "existing: 'resume'": '--resume',
  "existing: 'overwrite'": '--overwrite',
  'clips: 0': '--clips 0',
  folder: '--run',
  output: '--output',
  predictions: '--predictions',
  settings: 'the config',
  model: "the config's model",
  checkpoint: 'pretrain.folder, pretrain.checkpoint',
  probe: "the config's probe",
  'data.classes': 'data.num_classes',
  'data.classNames': 'data.class_names',
  'data.train': 'data.dataset_train',
  'data.validation': 'data.dataset_val',
  'data.test': 'data.dataset_test',
  'data.root': 'data.root_path, data.image_folder',
  'training.learningRate': 'optimization.lr (of a decoder, --lr)',
  'training.cropScale': '--crop-scale',
  'sizes.embedDim': '--width',
  'sizes.depth': '--depth',
  'sizes.numHeads': '--heads',
  'training.clipNorm': 'optimization.clip_grad',
  'data.videoStart': 'data.video_start',
  allowMissing: '--allow-missing',
  "checkpointKey: 'encoder'": '--checkpoint-key encoder',
  files: '--input',
  classNames: '--classes',
  "as: 'hugging-face'": '--as hugging-face',
  head: '--head',
  layers: '--layers',
  numHeads: '--probe-heads',
  frames: '--frames',
  'clips.frames': '--frames',
  'clips.imageRepeats': 'data.image_repeats',
  'sweep.learningRates': 'sweep.lr',
  'sweep.heldOut': 'sweep.held_out',
  "pool: 'mean'": '--pool mean',
  "pool: 'frames'": '--pool frames',
  extractFeatures: '`vjepa features`',
  "kind: 'video'": '--kind video',
  "kind: 'image'": '--kind image',
  'inspectCheckpoint and convertCheckpoint': 'vjepa checkpoint inspect and convert',
  loadEncoder: 'commands that take an encoder',
  loadPredictor: '`vjepa predict`',
  loadProbe: '--probe',
  pixelDecoder: '--decoder',
  predictor: '--predictor',
  target: '--target',
  predictorHeads: 'pretrain.predictor_heads',
  'predictorHeads: N': '--predictor-heads N',
  'targetHeads: N': '--target-heads N',
  'numHeads: N': "--num-heads N (in a config, pretrain.num_heads), or the run's folder with --run",
};

/** Keys of an entry of `data.others`. */
const OTHER_CLIPS: Readonly<Record<string, string>> = {
  videos: 'datasets',
  numFrames: 'num_frames',
  imageSize: 'crop_size',
  batchSize: 'batch_size',
  weights: 'datasets_weights',
  clipRate: 'fps',
};

/**
 * What the command line calls an option of the packages: a flag, or a key of a config; with a value, such as `name: 1`,
 * what sets it.
 */
export const commandLineName: OptionNames = (option) => {
  const known = FLAGS[option] ?? PRETRAINING_KEYS[option];
  if (known !== undefined) return known;
  const [, index, key] = /^otherClips\.(\d+)\.(\w+)$/.exec(option) ?? [];
  if (key !== undefined) return `data.others.${index}.${OTHER_CLIPS[key] ?? key}`;
  const [, name, value] = /^([\w.]+): (.+)$/.exec(option) ?? [];
  if (name === undefined) return option;
  if (name === 'model') return `--model ${value?.replaceAll("'", '')} (in a config, pretrain.model_name)`;
  if (name === 'allowMissing') return `--allow-missing ${value}`;
  const assignment = `${commandLineName(name).split(',')[0]}=${value}`;
  return assignment.includes(' ') ? `--set '${assignment}'` : `--set ${assignment}`;
};

/** Of `vjepa plan`, whose flags stand before the config's keys. */
const PLAN_FLAGS: Readonly<Record<string, string>> = {
  ...{ devices: '--devices', device: '--device', devicesPerHost: '--devices-per-host', batchSize: '--batch' },
  ...{ maskGroup: '--mask-group', steps: '--steps', video: '--video', assumptions: '--assume' },
  'optimization.accumulationSteps': '--accumulate',
};

/** What `vjepa plan` calls an option. */
export const planName: OptionNames = (option) => PLAN_FLAGS[option] ?? commandLineName(option);

/** What helps in the words of the command line, where it has more to say than a package: by the code of the error. */
export const REMEDIES: Readonly<Record<string, string>> = {
  'no-probe': 'name the file of a probe with --probe',
  'other-architecture':
    'Name the model that the checkpoint was made for, or leave its sizes out: --run and --checkpoint read them from the ' +
    'run and the checkpoint',
};
