import type { BenchmarkEntry } from '@vjepa/benchmarks';
import type { HostTensor } from '@vjepa/engine';
import { recipeLoader } from '../evaluate/clip-recipe.js';
import type { AnswerBatch } from '../evaluate/measure-accuracy.js';
import { everySample } from '../evaluate/sample-plan.js';
import type { FineTuningPlan } from './fine-tuning-plan.js';
import type { FineTuningRunner } from './fine-tuning-runner.js';

/** Clips that a device answers together, about; the last few of a set are filled up, so that one shape is compiled. */
const CLIPS_AT_ONCE = 16;

/**
 * What a fine-tuned model says about every video: softmax averaged over segments and views.
 */
export async function* clipAnswers(
  runner: FineTuningRunner,
  { encoder, recipes, loading, seed }: FineTuningPlan,
  entries: readonly BenchmarkEntry[],
): AsyncGenerator<AnswerBatch> {
  const { segments, views, frames } = recipes.validation;
  const size = encoder.imageSize;
  const looks = segments * views;
  const videos = Math.max(1, Math.round((runner.devices * CLIPS_AT_ONCE) / looks));
  const pixels = frames * size * size * 3;
  const loader = recipeLoader(loading, seed, entries, recipes.validation, 'report');
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
