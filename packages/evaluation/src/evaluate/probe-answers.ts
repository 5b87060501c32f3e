import type { FeatureSource } from './feature-source.js';
import type { AnswerBatch } from './measure-accuracy.js';
import type { ProbeRunner } from './probe-runner.js';
import { everySample } from './sample-plan.js';

/** What the runner's probes say about every sample of a source. */
export async function* probeAnswers(
  runner: ProbeRunner,
  source: FeatureSource,
  samples: number,
  batchSize: number,
): AsyncGenerator<AnswerBatch> {
  for await (const { features, indices, bad } of source.batches(everySample(samples, batchSize))) {
    yield { indices, bad, probabilities: await runner.probabilities(features, source.layout) };
  }
}
