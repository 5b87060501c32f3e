import { InputError, type OptionNames } from '@vjepa/training';
import { CommandError, reasonOf } from '../command-error.js';
import { commandLineName } from '../option-names.js';

/** Of commands that read no config: their flags, where others have keys of one. */
const FLAGS: Readonly<Record<string, string>> = {
  settings: 'the command line',
  'data.root': '--root',
  'data.train': '--train',
  'data.validation': '--val',
  checkpoint: '--checkpoint',
  size: '--resolution',
  layer: '--layer',
  layers: '--layer',
  'probe.bins': '--bins',
  'probe.minDepth': '--min-depth',
  'probe.maxDepth': '--max-depth',
  'training.learningRates': '--lr',
  'training.weightDecays': '--wd',
  'training.heldOut': '--held-out',
  'training.scale': '--scale',
  'training.targetStride': '--target-stride',
  denseProbe: '--probe',
  side: '--side',
};

/** What `vjepa dense` calls an option of the packages. */
export const denseOptionName: OptionNames = (option) => {
  const [, name = option, value] = /^([\w.]+): (.+)$/.exec(option) ?? [];
  const flag = FLAGS[name];
  if (flag === undefined) return commandLineName(option);
  return value === undefined ? flag : `${flag} ${value}`;
};

/** Runs a command of `vjepa dense`, whose errors name its flags. */
export async function inDenseWords<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof InputError) throw new CommandError(reasonOf(error, denseOptionName), { cause: error });
    throw error;
  }
}
