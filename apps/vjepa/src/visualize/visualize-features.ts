import { extname, join } from 'node:path';
import { tokenGrid } from '@vjepa/vit';
import { loadEncoder } from '../checkpoint/load-encoder.js';
import { CommandError, reasonOf } from '../command-error.js';
import { loadPretrainingConfig } from '../config/load-config.js';
import type { Override } from '../config/override.js';
import { type EngineOptions, openEngine } from '../engine/engine.js';
import { featureExtractor } from '../features/feature-extractor.js';
import { clipFrames } from '../picture/clip-strip.js';
import { encodePng } from '../picture/png.js';
import { pretrainingModel } from '../pretrain/model.js';
import { writeFileAtomically } from '../run/atomic-file.js';
import { checkpointPath, listCheckpoints } from '../run/checkpoint-store.js';
import { centreClip } from './centre-clip.js';
import { contactSheet, featurePictures } from './feature-picture.js';
import { resized } from './resized-picture.js';
import { writeGif } from './write-gif.js';

export interface VisualizeFeaturesOptions extends EngineOptions {
  /** A run folder, for its config and newest checkpoint. */
  run?: string;
  config?: string;
  set: Override[];
  checkpoint?: string;
  checkpointKey: string;
  video: string;
  output: string;
  patchPixels: number;
  rate: number;
}

/**
 * Draws what an encoder makes of the middle of a video: each patch in the colour of its features' first three
 * principal components, beside the frame. A PNG shows the time steps side by side, a GIF one after the other.
 */
export async function visualizeFeatures(options: VisualizeFeaturesOptions): Promise<void> {
  const { video, output, patchPixels } = options;
  const kind = extname(output).toLowerCase();
  if (kind !== '.png' && kind !== '.gif')
    throw new CommandError(`${output}: expected a name that ends in .png or .gif`);
  const { config: configFile, checkpoint } = sources(options);
  const { config } = loadPretrainingConfig(configFile, options.set);
  const { encoder } = pretrainingModel(config);
  const { parameters, notes } = await loadEncoder(checkpoint, encoder, options.checkpointKey);
  for (const note of notes) process.stderr.write(`note: ${note}\n`);
  const clip = await centreClip(video, config);
  const engine = await openEngine(options);
  process.stderr.write(`${engine.description}\n`);
  const extractor = featureExtractor({ engine, encoder, parameters, frames: encoder.numFrames, batchSize: 1 });
  try {
    const features = await extractor.extract(clip.pixels, 1);
    const grid = tokenGrid(encoder);
    const { pictures, explained } = featurePictures(features, grid, patchPixels);
    const shape = [1, encoder.numFrames, encoder.imageSize, encoder.imageSize, 3];
    const side = pictures[0]!.width;
    const frames = clipFrames({ clips: clip.pixels, shape }, 0, encoder.tubeletSize).map((frame) =>
      resized(frame, side),
    );
    if (kind === '.png') writeFileAtomically(output, encodePng(contactSheet([frames, pictures])));
    else await writeGif(output, pairs(frames, pictures), options.rate);
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

/** The config and checkpoint that were named, those of the run for what was not. */
function sources({ run, config, checkpoint }: VisualizeFeaturesOptions): { config: string; checkpoint: string } {
  if (run === undefined) {
    if (config !== undefined && checkpoint !== undefined) return { config, checkpoint };
    throw new CommandError('--run FOLDER is needed, or --config FILE and --checkpoint FILE');
  }
  const folder = join(run, 'checkpoints');
  const [newest] = listCheckpoints(folder);
  if (checkpoint === undefined && newest === undefined) throw new CommandError(`${folder}: there is no checkpoint`);
  return { config: config ?? join(run, 'config.yaml'), checkpoint: checkpoint ?? checkpointPath(folder, newest!) };
}

const pairs = (left: Parameters<typeof contactSheet>[0][number], right: typeof left) =>
  left.map((frame, t) => contactSheet([[frame, right[t]!]]));
