import { type LoadedEncoder, videoPatches } from '@vjepa/evaluation';
import { contactSheet, densePictures, type RgbPicture, resizedPicture } from '@vjepa/pictures';
import type { CentreClipOptions } from '@vjepa/video';
import { taskDisplay } from '../display/task-display.js';
import { type EngineOptions, openEngine } from '../engine/engine.js';
import { writePicture } from './write-picture.js';

/** What is drawn, and how large. */
interface DrawDenseOptions extends EngineOptions {
  video: string;
  output: string;
  patchPixels: number;
  rate: number;
  frames?: number;
  background?: boolean;
}

/** Most time steps in a picture that stands still. */
const COLUMNS = 16;

/** Draws patch features of a whole video as colours that stay the same, below its frames, or beside them in a film. */
export async function drawDense(
  { video: path, output, patchPixels, rate, background, frames: clipFrames, ...engineOptions }: DrawDenseOptions,
  { encoder, parameters, clips }: Pick<LoadedEncoder, 'encoder' | 'parameters'> & { clips: CentreClipOptions },
): Promise<void> {
  const engine = await openEngine(engineOptions);
  process.stderr.write(`${engine.description}\n`);
  const { frameStep, duration, clipRate, decoder, timeoutMs, patienceMs } = clips;
  const reading = { frameStep, duration, clipRate, decoder, timeoutMs, patienceMs };
  const { features, grid, frames } = await videoPatches({
    ...{ engine, encoder, parameters, path, frames: clipFrames, begin: taskDisplay().begin, ...reading },
  });
  const { pictures, foreground, explained } = densePictures({ features, grid }, patchPixels, { background });
  const side = Math.sqrt(frames[0]!.length / 3);
  const shown = frames.map((data) => resizedPicture({ width: side, height: side, data }, pictures[0]!.width));
  const pick = (of: readonly RgbPicture[]) => {
    const count = Math.min(COLUMNS, of.length);
    return Array.from({ length: count }, (_, i) => of[Math.floor(((i + 0.5) * of.length) / count)]!);
  };
  const film = { pictures: () => shown.map((frame, t) => contactSheet([[frame, pictures[t]!]])), rate };
  await writePicture(output, () => contactSheet([pick(shown), pick(pictures)]), film);
  const shares = explained.map((share) => `${(100 * share).toFixed(1)} %`).join(', ');
  process.stdout.write(
    `${output}: ${grid.depth} time steps; ${(100 * foreground).toFixed(0)} % of the patches are foreground, of whose variance red, green and blue hold ${shares}\n`,
  );
}
