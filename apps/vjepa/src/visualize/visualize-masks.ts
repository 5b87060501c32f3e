import { sliceMasks } from '@vjepa/masks';
import { encodePicture, maskPicture, type RgbPicture } from '@vjepa/pictures';
import { centreClipOptions, clipPictures } from '@vjepa/report';
import { type PretrainingPlan, requireWritable, writeFileAtomically } from '@vjepa/training';
import { centreClip } from '@vjepa/video';
import { pretrainingConfigFile } from '../checkpoint/pretrained-model.js';
import { CommandError } from '../command-error.js';
import { OUTPUT_REMEDY } from '../commands/output-option.js';
import { loadPretrainingConfig } from '../config/load-config.js';
import type { Override } from '../config/override.js';
import { planOf } from '../config/pretraining-plan.js';

export interface VisualizeMasksOptions {
  config?: string;
  /** A run folder, for its config. */
  run?: string;
  set?: Override[];
  output: string;
  step: number;
  samples: number;
  tokenPixels: number;
  video?: string;
}

/** Draws the masks that a config gives at a step, and says what the colours cover. */
export async function visualizeMasks(options: VisualizeMasksOptions): Promise<void> {
  const plan = planOf(loadPretrainingConfig(configOf(options), options.set).config);
  requireWritable(options.output, OUTPUT_REMEDY);
  const samples = Math.min(options.samples, plan.settings.batchSize);
  const { grid } = plan;
  const masks = plan.masksAt(options.step).map((pair) => sliceMasks(pair, 0, samples));
  const frames = options.video ? await framesOf(options.video, plan, options.tokenPixels) : undefined;
  const picture = maskPicture(masks, grid, options.tokenPixels, frames && Array(samples).fill(frames));
  writeFileAtomically(options.output, await encodePicture(options.output, picture));
  const tokens = grid.depth * grid.height * grid.width;
  for (const [i, { context, target }] of masks.entries()) {
    const [seen, predicted] = [context.shape[1], target.shape[1]];
    process.stdout.write(
      `mask ${i}: context ${seen} of ${tokens} tokens (${percent(seen, tokens)}), targets ${predicted} (${percent(predicted, tokens)}), ` +
        `neither ${percent(tokens - seen - predicted, tokens)}\n`,
    );
  }
  process.stdout.write(
    `${options.output}: ${picture.width} x ${picture.height}, context blue, targets orange, neither grey\n`,
  );
}

function configOf({ config, run }: VisualizeMasksOptions): string {
  const file = config ?? (run === undefined ? undefined : pretrainingConfigFile(run));
  if (file === undefined) throw new CommandError('--config FILE or --run FOLDER is needed');
  return file;
}

/** The clip in the middle of a video, `patchPixels` to a patch. */
async function framesOf(path: string, plan: PretrainingPlan, patchPixels: number): Promise<RgbPicture[]> {
  const clip = await centreClip(path, centreClipOptions(plan));
  return clipPictures(clip, plan.encoder, plan.grid.width * patchPixels);
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`;
}
