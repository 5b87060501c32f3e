import { type StoredTensor, storedTensor, writeSafetensors } from '@vjepa/checkpoints';
import { writeFileAtomically } from '@vjepa/training';
import type { MeasuredSurprise, SurpriseStep, VideoSurprise } from './measure-surprise.js';

/** The mean over the time steps of a video that are predicted. */
export function meanSurprise({ steps }: Pick<VideoSurprise, 'steps'>): { surprise: number; baseline: number } {
  const predicted = steps.filter(({ surprise }) => surprise !== undefined);
  const mean = (of: 'surprise' | 'baseline') => predicted.reduce((sum, step) => sum + step[of]!, 0) / predicted.length;
  return { surprise: mean('surprise'), baseline: mean('baseline') };
}

/** The time step of a video that is predicted worst; undefined where none is predicted. */
export function mostSurprising({ steps }: Pick<VideoSurprise, 'steps'>): (SurpriseStep & { step: number }) | undefined {
  const numbered = steps.map((each, step) => ({ ...each, step }));
  const predicted = numbered.filter(({ surprise }) => surprise !== undefined);
  return predicted.toSorted((a, b) => b.surprise! - a.surprise!)[0];
}

/** A video in one line: the mean, what it is of, and the time step that is off the most. */
export function describeSurprise(video: Pick<VideoSurprise, 'name' | 'steps'>): string {
  const { surprise, baseline } = meanSurprise(video);
  const most = mostSurprising(video);
  const at = most?.second === undefined ? `frame ${most?.frame}` : `${most.second.toFixed(2)} s`;
  const mean = `surprise ${surprise.toFixed(3)}, of ${baseline.toFixed(3)} for predicting the mean`;
  return `${video.name}: ${mean}; most at ${at}, ${most?.surprise?.toFixed(3)}`;
}

/**
 * Writes the numbers of time steps: a `.csv` with a line for each, `file,step,frame,second,surprise,baseline`, empty where
 * there is none; or JSON with the videos, what was left out, and whatever else belongs to it. The file is whole or absent.
 */
export function writeSurprise(path: string, measured: MeasuredSurprise, about: Record<string, unknown> = {}): void {
  writeFileAtomically(path, path.toLowerCase().endsWith('.csv') ? csvOf(measured) : surpriseJson(measured, about));
}

function csvOf({ videos }: MeasuredSurprise): string {
  const lines = videos.flatMap(({ name, steps }) =>
    steps.map(({ frame, second, surprise, baseline }, step) =>
      [quoted(name), step, frame, second ?? '', surprise ?? '', baseline ?? ''].join(','),
    ),
  );
  return `${['file,step,frame,second,surprise,baseline', ...lines].join('\n')}\n`;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The numbers of time steps as JSON: the videos, what was left out, and whatever else belongs to it. */
export function surpriseJson({ videos, leftOut, grid }: MeasuredSurprise, about: Record<string, unknown> = {}): string {
  const files = videos.map((video) => ({
    file: video.name,
    ...meanSurprise(video),
    steps: video.steps.map(({ frame, second = null, surprise = null, baseline = null }, step) => {
      return { step, frame, second, surprise, baseline };
    }),
  }));
  const left = leftOut.map(({ name, reason }) => ({ file: name, reason }));
  return `${JSON.stringify({ ...about, grid, files, left_out: left }, null, 2)}\n`;
}

/**
 * Writes predicted and seen features of all clips, M of them, as safetensors: `predictions` and `targets` [M, Kt, E], `ids` [Kt]
 * (the targets' tokens in a clip's grid), `file` [M] and `step` [M] (whose clip it is, and its first time step there); names of
 * the files and whatever else belongs to it in the metadata.
 */
export async function writePredictions(
  path: string,
  { videos, mask, grid, width }: MeasuredSurprise,
  about: Record<string, unknown> = {},
): Promise<void> {
  const clips = videos.flatMap(({ clips: own }, file) => own.map((clip) => ({ ...clip, file })));
  const [M, Kt] = [clips.length, mask.target.shape[1]];
  const features = (of: 'predictions' | 'targets'): StoredTensor =>
    storedTensor('float32', [M, Kt, width], async () => {
      const whole = new Float32Array(M * Kt * width);
      for (const [i, clip] of clips.entries()) whole.set(clip[of], i * Kt * width);
      return new Uint8Array(whole.buffer);
    });
  const numbers = (data: Int32Array) => ({ shape: [data.length], data });
  const metadata = { files: videos.map(({ name }) => name), grid, ...about };
  await writeSafetensors(
    path,
    {
      predictions: features('predictions'),
      targets: features('targets'),
      ids: numbers(mask.target.indices),
      file: numbers(Int32Array.from(clips, ({ file }) => file)),
      step: numbers(Int32Array.from(clips, ({ step }) => step)),
    },
    Object.fromEntries(
      Object.entries(metadata).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
    ),
  );
}
