import { join } from 'node:path';
import { FRAMES_A_SECOND, featureExtractor } from '@vjepa/evaluation';
import { contactSheet, featurePictures } from '@vjepa/pictures';
import { centreClipOptions, clipPictures } from '@vjepa/report';
import { requireWritable } from '@vjepa/training';
import { type CentreClipOptions, centreClip } from '@vjepa/video';
import { tokenGrid } from '@vjepa/vit';
import { loadEncoder } from '../checkpoint/load-encoder.js';
import { type PretrainedModel, pretrainedModel } from '../checkpoint/pretrained-model.js';
import { CommandError, reasonOf } from '../command-error.js';
import { OUTPUT_REMEDY } from '../commands/output-option.js';
import { loadPretrainingConfig } from '../config/load-config.js';
import type { Override } from '../config/override.js';
import { planOf } from '../config/pretraining-plan.js';
import { type EngineOptions, openEngine } from '../engine/engine.js';
import { drawDense } from './draw-dense.js';
import { writePicture } from './write-picture.js';

export interface VisualizeFeaturesOptions extends EngineOptions {
  /** A run folder, for its config and newest checkpoint. */
  run?: string;
  config?: string;
  set?: Override[];
  checkpoint?: string;
  checkpointKey?: string;
  video: string;
  output: string;
  patchPixels: number;
  rate: number;
  /** The whole video, with one basis for all of it. */
  dense?: boolean;
  /** Of `dense`: of a clip. */
  frames?: number;
  /** Of `dense`: colours for the background, too. */
  background?: boolean;
}

/**
 * Draws what an encoder makes of the middle of a video: each patch in the colour of its features' first three
 * principal components, beside the frame. A GIF shows the time steps one after the other, any other picture side by side.
 */
export async function visualizeFeatures(options: VisualizeFeaturesOptions): Promise<void> {
  const { video, output, patchPixels } = options;
  requireWritable(output, OUTPUT_REMEDY);
  const { checkpoint, encoder, clips, key, description } = await sources(options);
  const { parameters, notes } = await loadEncoder(checkpoint, encoder, key);
  for (const note of [...(description === undefined ? [] : [description]), ...notes])
    process.stderr.write(`note: ${note}\n`);
  if (options.dense) return drawDense(options, { encoder, parameters, clips });
  const clip = await centreClip(video, clips);
  const engine = await openEngine(options);
  process.stderr.write(`${engine.description}\n`);
  const extractor = featureExtractor({ engine, encoder, parameters, frames: encoder.numFrames, batchSize: 1 });
  try {
    const features = await extractor.extract(clip.pixels, 1);
    const grid = tokenGrid(encoder);
    const { pictures, explained } = featurePictures(features, grid, patchPixels);
    const frames = clipPictures(clip, encoder, pictures[0]!.width);
    const film = { pictures: () => pairs(frames, pictures), rate: options.rate };
    await writePicture(output, () => contactSheet([frames, pictures]), film);
    const shares = explained.map((share) => `${(100 * share).toFixed(1)} %`);
    process.stdout.write(
      `${output}: ${grid.depth} time steps; red, green and blue hold ${shares.join(', ')} of the variance\n`,
    );
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`${output}: the picture cannot be made: ${reasonOf(error)}`, { cause: error });
  } finally {
    extractor.dispose();
  }
}

/** The encoder of the run or the checkpoint, or of the checkpoint as a config describes it, and the clips it is given. */
async function sources({ run, config, checkpoint, checkpointKey: key, set = [] }: VisualizeFeaturesOptions) {
  if (config !== undefined && checkpoint !== undefined) {
    const plan = planOf(loadPretrainingConfig(config, set).config);
    return { checkpoint, key, encoder: plan.encoder, clips: centreClipOptions(plan), description: undefined };
  }
  const model = await pretrainedModel({ run, checkpoint, checkpointKey: key });
  const file = config ?? (run !== undefined && model.config ? join(run, 'config.yaml') : undefined);
  if (file !== undefined) {
    const plan = planOf(loadPretrainingConfig(file, set).config);
    return { ...model, encoder: plan.encoder, clips: centreClipOptions(plan) };
  }
  if (set.length > 0)
    throw new CommandError('--set changes keys of a config: name one with --config FILE or --run FOLDER');
  return { ...model, clips: clipsOf(model) };
}

function clipsOf({ encoder, frameStep, clipDuration }: PretrainedModel): CentreClipOptions {
  const spacing =
    frameStep === undefined ? { clipRate: FRAMES_A_SECOND } : { frameStep, duration: clipDuration ?? undefined };
  return { framesPerClip: encoder.numFrames, ...spacing, size: encoder.imageSize };
}

const pairs = (left: Parameters<typeof contactSheet>[0][number], right: typeof left) =>
  left.map((frame, t) => contactSheet([[frame, right[t]!]]));
