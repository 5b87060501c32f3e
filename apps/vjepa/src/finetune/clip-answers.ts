import type { BenchmarkEntry } from '@vjepa/benchmarks';
import type { HostTensor } from '@vjepa/engine';
import { type AnswerBatch, everySample } from '@vjepa/evaluation';
import { createClipLoader } from '@vjepa/video';
import type { FineTuningConfig } from '../config/fine-tuning-config.js';
import type { FineTuningRunner } from './fine-tuning-runner.js';

/** Clips that a device answers together, about; the last few of a set are filled up, so that one shape is compiled. */
const CLIPS_AT_ONCE = 16;

/**
 * What a fine-tuned model says about every video: softmax averaged over segments and views.
 */
export async function* clipAnswers(
  runner: FineTuningRunner,
  config: FineTuningConfig,
  entries: readonly BenchmarkEntry[],
): AsyncGenerator<AnswerBatch> {
  const { num_segments: segments, num_views_per_segment: views, frames_per_clip: frames } = config.data;
  const size = config.optimization.resolution;
  const looks = segments * views;
  const videos = Math.max(1, Math.round((runner.devices * CLIPS_AT_ONCE) / looks));
  const pixels = frames * size * size * 3;
  const loader = createClipLoader({
    videos: entries,
    clip: { ...clipSettings(config), clips: segments, placement: config.data.validation_clips },
    transform: { kind: 'evaluation', size, views },
    workers: Math.max(1, config.num_workers),
    decoder: config.decoder,
    seed: config.seed,
    timeLimitMs: config.decode_time_limit * 1000,
    onBadVideo: 'report',
  });
  try {
    let at = 0;
    for await (const batch of loader.batches(everySample(entries.length, videos))) {
      const count = batch.labels.length;
      const data = new Uint8Array(videos * looks * pixels);
      data.set(batch.clips as Uint8Array);
      const bad = batch.failures.map(({ path, reason, passing, position }) => ({
        index: at + position,
        path,
        reason,
        passing,
        label: batch.labels[position]!,
      }));
      batch.release();
      const answers = await runner.probabilities({ shape: [videos * looks, frames, size, size, 3], data });
      const indices = Array.from({ length: count }, (_, i) => at + i);
      at += count;
      yield { indices, bad, probabilities: [meanOverLooks(answers, looks, count)] };
    }
  } finally {
    await loader.close();
  }
}

/** Frames of a clip, as every set of a fine-tuning has them. */
export function clipSettings({ data, pretrain }: FineTuningConfig) {
  return {
    framesPerClip: data.frames_per_clip,
    frameStep: data.frame_step ?? pretrain.frame_step,
    allowOverlap: true,
    ...(pretrain.clip_duration === null ? {} : { duration: pretrain.clip_duration }),
  };
}

/** [rows, C], rows at least count · looks -> [count, C] */
function meanOverLooks({ shape, data }: HostTensor, looks: number, count: number): Float64Array {
  const classes = shape[1]!;
  const means = new Float64Array(count * classes);
  for (let row = 0; row < count * looks; row++) {
    const to = Math.floor(row / looks) * classes;
    for (let c = 0; c < classes; c++) means[to + c]! += Number(data[row * classes + c]) / looks;
  }
  return means;
}
