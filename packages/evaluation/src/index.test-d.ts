// What compiles against this package: checked with the types, never run.
import { loadDavis, readVideoIndex } from '@vjepa/benchmarks';
import { openEngine } from '@vjepa/engine';
import type { PretrainingPlan } from '@vjepa/training';
import { pretrain } from '@vjepa/training';
import { expectTypeOf } from 'vitest';
import {
  type DenseOutcome,
  type DensePlan,
  type EvaluationPlan,
  evaluate,
  evaluateDense,
  extractFeatures,
  loadDenseProbe,
  loadEncoder,
  loadPredictingModels,
  measureSurprise,
  type PredictedFeatures,
  planDense,
  planEvaluation,
  predictFeatures,
  predictionMask,
  predictPixels,
  runProbe,
  type TrainedProbe,
  trackObjects,
  trainProbe,
  type VideoFeatures,
} from './index.js';

const engine = await openEngine();
const { encoder, parameters } = await loadEncoder('vitl16.pth.tar', 'vit_large', { key: undefined });
const videos = await readVideoIndex('train.csv');
const features = await extractFeatures({ engine, encoder, parameters, videos, segments: undefined, pool: undefined });
expectTypeOf(features).toEqualTypeOf<VideoFeatures>();
// Videos of one's own.
expectTypeOf(extractFeatures).toBeCallableWith({ engine, encoder, parameters, videos: [{ path: 'a.mp4', label: 0 }] });

const probe = await trainProbe({ engine, features, learningRates: [1e-3, 3e-4], epochs: undefined });
expectTypeOf(probe).toEqualTypeOf<TrainedProbe>();
expectTypeOf(probe.accuracy(features)).resolves.toBeNumber();
// @ts-expect-error: learning rates come in a list
await trainProbe({ engine, features, learningRates: 1e-3 });

const data = { train: 'train.csv', validation: 'val.csv', classes: 400 };
const plan = planEvaluation({ encoder, checkpoint: 'vitl16.pth.tar', data, training: { epochs: undefined } });
expectTypeOf(plan).toEqualTypeOf<EvaluationPlan>();
planEvaluation({ encoder, checkpoint: 'vitl16.pth.tar', data: { kind: 'image', root: 'imagenet', classes: 1000 } });
// @ts-expect-error: a picture's folder is its root
planEvaluation({ encoder, checkpoint: 'vitl16.pth.tar', data: { ...data, kind: 'image' } });

// An engine, or what starts one.
expectTypeOf(evaluate).toBeCallableWith({ plan, folder: 'results', engine });
const outcome = await evaluate({ plan, folder: 'results', engine: openEngine, signal: AbortSignal.timeout(1000) });
expectTypeOf(outcome.stopped).toBeBoolean();

declare const pretraining: PretrainingPlan;
expectTypeOf(pretrain).toBeCallableWith({
  plan: pretraining,
  folder: 'run',
  evaluators: [runProbe({ dataset: 'labelled.csv' })],
});

// What predicts comes as it is loaded, for videos and for clips of one's own.
const { notes: _notes, ...models } = await loadPredictingModels('vitl.pt', { version: '2', key: undefined });
const surprise = await measureSurprise({ engine: openEngine, ...models, files: [{ path: 'a.mp4', name: 'a' }] });
expectTypeOf(surprise.videos[0]!.steps[0]!.surprise).toEqualTypeOf<number | undefined>();
const { mask } = predictionMask(surprise.grid, { context: undefined });
const clips = { shape: [1, 16, 256, 256, 3], data: new Uint8Array(16 * 256 * 256 * 3) };
expectTypeOf(predictFeatures({ engine, ...models, mask, clips })).resolves.toEqualTypeOf<PredictedFeatures>();
// @ts-expect-error: a mask is needed
await predictFeatures({ engine, ...models, clips });

const densePlan = planDense({
  encoder,
  checkpoint: null,
  data: { benchmark: 'ade20k', root: 'ade' },
  layer: undefined,
});
expectTypeOf(densePlan).toEqualTypeOf<DensePlan>();
expectTypeOf(evaluateDense({ plan: densePlan, folder: 'dense', engine })).resolves.toEqualTypeOf<DenseOutcome>();
// @ts-expect-error: rates come in a list
planDense({ encoder, checkpoint: null, data: densePlan.data, training: { learningRates: 1e-3 } });
const ofPixels = { engine, encoder, parameters, files: [{ path: 'a.jpg', name: 'a.jpg' }] };
for await (const { values } of predictPixels({ ...ofPixels, denseProbe: await loadDenseProbe('probe.safetensors') })) {
  expectTypeOf(values).toEqualTypeOf<Uint8Array | Float32Array>();
}
const set = await loadDavis({ root: 'DAVIS' });
expectTypeOf((await trackObjects({ engine, encoder, parameters, set, radius: undefined })).region.mean).toBeNumber();
