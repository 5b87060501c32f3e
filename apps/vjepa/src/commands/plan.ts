import type { PretrainingSettings } from '@vjepa/training';
import { Command, InvalidArgumentError, Option } from 'commander';
import { CommandError, reasonOf } from '../command-error.js';
import { ENCODER_NAMES } from '../config/model-names.js';
import type { Override } from '../config/override.js';
import { planName } from '../option-names.js';
import { addConfigOptions } from './config-options.js';
import { positive, wholeNumber } from './option-values.js';

interface PlanOptions extends Pick<PretrainingSettings, 'precision' | 'recompute'> {
  config?: string;
  set?: Override[];
  model?: string;
  devices: number;
  frames?: number;
  size?: number;
  accumulate?: number;
}

/** `vjepa plan`: what a pretraining would take on many devices. */
export function planCommand(): Command {
  return addConfigOptions(new Command('plan'), { required: false })
    .description('compute what a pretraining takes on many devices: step time, memory, exchanges, loaders, hours')
    .requiredOption('--devices <n>', 'devices that share each batch', wholeNumber(1))
    .addOption(new Option('--model <name>', 'an encoder in place of a config').choices(ENCODER_NAMES))
    .option('--frames <n>', 'frames of a clip', wholeNumber(2))
    .option('--size <pixels>', 'side of a clip', wholeNumber(1))
    .option('--batch <n>', 'clips a step, of all devices; default: the config’s, or 24 a device', wholeNumber(1))
    .option('--mask-group <n>', 'clips whose masks are cut to one length; default: the batch', wholeNumber(1))
    .addOption(new Option('--precision <type>', 'of products').choices(['float32', 'bfloat16']))
    .addOption(new Option('--recompute <what>', 'in the backward pass').choices(['none', 'elementwise', 'block']))
    .option('--accumulate <n>', 'parts in which a device has its clips (gradient accumulation)', wholeNumber(1))
    .option('--shard-state', 'each of the devices keeps a part of the state')
    .option('--device <name>', 'b200, h200, h100-80gb, a100-80gb or a100-40gb', 'h200')
    .option('--devices-per-host <n>', 'devices of a host', wholeNumber(1), 8)
    .option('--link <GB/s>', 'of a device to others of its host, one direction; default: its NVLink', positive)
    .option('--network <Gbit/s>', 'of a host for each device; default: 400 InfiniBand, of A100 200', positive)
    .option('--video <kind>', 'H.264 that clips are cut from: 340x256 or 1080p', '340x256')
    .option('--steps <n>', 'of the whole run; default: the config’s', wholeNumber(1))
    .option('--assume <name=number>', 'another rate, such as products=0.5; may be repeated', assumption)
    .option('--json', 'print JSON')
    .addHelpText('after', '\ndocs/scale.md says where the figures come from, and has the papers’ recipes.')
    .action(async ({ json, ...options }) => {
      const { describeScale, InputError, planScale, scaleRecord } = await import('@vjepa/training');
      try {
        const plan = planScale(await settingsOf(options), {
          ...{ ...options, batchSize: options.batch, assumptions: options.assume },
          linkBytesPerSecond: options.link && 1e9 * options.link,
          networkBytesPerSecond: options.network && (1e9 / 8) * options.network,
        });
        process.stdout.write(`${json ? JSON.stringify(scaleRecord(plan), null, 2) : describeScale(plan).join('\n')}\n`);
      } catch (error) {
        throw error instanceof InputError ? new CommandError(reasonOf(error, planName), { cause: error }) : error;
      }
    });
}

async function settingsOf({ config, set, model, ...flags }: PlanOptions): Promise<PretrainingSettings> {
  if ((config === undefined) === (model === undefined))
    throw new CommandError('give --config FILE or --model NAME, one of both');
  const settings =
    model === undefined ? await settingsIn(config!, set) : { ...ALONE, model, batchSize: 24 * flags.devices };
  const { frames: numFrames, size: imageSize, precision, recompute, accumulate: accumulationSteps } = flags;
  return {
    ...settings,
    encoder: { ...settings.encoder, ...(numFrames && { numFrames }), ...(imageSize && { imageSize }) },
    optimization: { ...settings.optimization, ...(accumulationSteps && { accumulationSteps }) },
    ...(precision && { precision }),
    ...(recompute && { recompute }),
  };
}

const ALONE: Omit<PretrainingSettings, 'model'> = { videos: 'videos', epochs: 1, precision: 'bfloat16' };

async function settingsIn(file: string, set?: readonly Override[]): Promise<PretrainingSettings> {
  const [{ loadPretrainingConfig }, { pretrainingSettings }] = await Promise.all([
    import('../config/load-config.js'),
    import('../config/pretraining-settings.js'),
  ]);
  return pretrainingSettings(loadPretrainingConfig(file, set).config);
}

function assumption(text: string, all: Record<string, number> = {}): Record<string, number> {
  const [, name, number] = /^(\w+)=(.+)$/.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError('expected a name and a number, such as products=0.5.');
  return { ...all, [name]: Number(number) };
}
