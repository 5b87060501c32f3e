import { numpyRandom, pythonRandom, torchRandom } from '@vjepa/random';
import { ClipSamplingError, type ClipSettings, sampleClipIndices } from '@vjepa/video';
import { type Comparison, compareEqual } from './comparison.js';
import type { Fixture } from './fixture.js';

interface SamplingCase {
  /** Of NumPy's generator. */
  seed: number;
  fps: number | null;
  duration: number | null;
  frame_step: number | null;
  num_clips: number;
  random: boolean;
  overlap: boolean;
  frames: number;
  video_fps: number;
  frames_per_clip: number;
  /** One list for each clip; absent where the reference fails. */
  indices?: number[][];
  error?: string;
}

/** Kind `vjepa2-frame-sampling`: indices of clips by rate, duration or step, and the videos that have none. */
export async function checkFrameSampling(fixture: Fixture): Promise<Comparison[]> {
  const { cases } = fixture.manifest as { cases: SamplingCase[] };
  return cases.flatMap((expected, c) => {
    const found = clipsOf(expected);
    if (expected.indices === undefined) {
      const refused = { shape: [1], data: [found === 'too-slow' ? 1 : 0] };
      return [compareEqual(`case${c}.error`, refused, { shape: [1], data: [1] })];
    }
    const clips = found === 'too-slow' ? [] : found;
    return expected.indices.map((indices, k) => {
      const own = clips[k] ?? [];
      return compareEqual(`case${c}.indices.${k}`, vector(own), vector(indices));
    });
  });
}

function clipsOf({ seed, frames, video_fps, ...settings }: SamplingCase): Int32Array[] | 'too-slow' {
  const random = { numpy: numpyRandom(seed), python: pythonRandom(seed), torch: torchRandom(seed) };
  const clip: ClipSettings = {
    framesPerClip: settings.frames_per_clip,
    clipRate: settings.fps ?? undefined,
    duration: settings.duration ?? undefined,
    wholeRate: true,
    frameStep: settings.frame_step ?? undefined,
    clips: settings.num_clips,
    placement: settings.random ? 'random' : 'start',
    allowOverlap: settings.overlap,
  };
  try {
    return sampleClipIndices(clip, { frames, averageRate: video_fps }, random);
  } catch (error) {
    if (error instanceof ClipSamplingError && error.code === 'too-slow') return 'too-slow';
    throw error;
  }
}

function vector(data: ArrayLike<number>): { shape: number[]; data: ArrayLike<number> } {
  return { shape: [data.length], data };
}
