import { existsSync } from 'node:fs';
import type { Engine } from '@vjepa/engine';
import { decodeVideos, describeDecoding, loadPixelDecoder, loadPredictingModels } from '@vjepa/evaluation';
import { decodingPicture } from '@vjepa/pictures';
import { reasonOf, type Sentence } from '@vjepa/training';
import { type PictureView, pictureView, TILE_SIDE } from './model-view.js';
import type { ReportedRun } from './reported-run.js';

/** What a decoder makes of a run's predictions, or why that cannot be shown. */
export type DecodingViews<Problem> = { clips: (PictureView & { quality: string })[] } | { problem: Problem };

/** Videos that are decoded. */
const SHOWN = 2;

/**
 * Decodes what the newest checkpoint predicts of some videos, where there is a decoder.
 *
 * @returns undefined where there is none
 */
export async function decodingViews(
  { plan, checkpoint, decoder }: Pick<ReportedRun, 'plan' | 'checkpoint' | 'decoder'>,
  paths: readonly string[],
  engine: Engine,
): Promise<DecodingViews<string | Sentence> | undefined> {
  if (checkpoint === undefined || !existsSync(decoder)) return undefined;
  try {
    const heads = { predictorHeads: plan.predictor.numHeads };
    const models = await loadPredictingModels(checkpoint.path, { ...heads, encoder: plan.encoder });
    const { videos, ...rest } = await decodeVideos({
      ...{ ...models, engine, pixelDecoder: await loadPixelDecoder(decoder) },
      files: paths.slice(0, SHOWN).map((path) => ({ path, name: path })),
      decoder: plan.settings.clips.decoder,
    });
    const patch = Math.max(4, Math.round(TILE_SIDE / rest.grid.width));
    const clips = videos.map((video) => ({
      ...pictureView(video.name, decodingPicture({ ...video, ...rest }, patch)),
      quality: describeDecoding(video.name, video.quality),
    }));
    return { clips };
  } catch (error) {
    return { problem: reasonOf(error) };
  }
}
