import { join } from 'node:path';
import { compileNotice, inputsAhead, requireSharedBatch, scalarOf } from '@vjepa/engine';
import { learningRateSchedule } from '@vjepa/optim';
import { pixelDecoderConfig } from '@vjepa/probe';
import {
  type BeginTask,
  indexFingerprint,
  option,
  type ResultsFolder,
  sentence,
  writeFileAtomically,
} from '@vjepa/training';
import type { ClipLoader } from '@vjepa/video';
import { recipeLoader } from '../evaluate/clip-recipe.js';
import { decoderLine } from '../evaluate/decoder-line.js';
import { trainingPlan } from '../evaluate/sample-plan.js';
import { type InputFiles, inputFiles } from '../features/input-files.js';
import { pairedModel } from '../predict/feature-predictor.js';
import { loadPredictingModels, type PredictingModels } from '../predict/load-predicting-models.js';
import { batchMasks } from '../predict/prediction-mask.js';
import { checkResultsRun, type ResultsRunOptions } from '../results-run.js';
import { type LossTraining, trainByLoss } from '../train-by-loss.js';
import { type DecodeVideosOptions, type DecodingQuality, decodeVideos } from './decode-videos.js';
import { type DecoderPlan, decoderRecord } from './decoder-plan.js';
import { type DecoderTrainer, decoderTrainer } from './decoder-trainer.js';
import { decodedTokens, modelDigests, savePixelDecoder } from './pixel-decoder-file.js';

/** What `trainDecoder` is told: the plan, the folder and the engine are needed. */
export interface TrainDecoderOptions extends ResultsRunOptions {
  plan: DecoderPlan;
  /** Encoder and predictor, in place of those of the plan's checkpoint. */
  models?: PredictingModels | undefined;
  /** Opens a bar for each epoch. Default: none. */
  begin?: BeginTask | undefined;
}

/** What the training of a decoder has come to; one that was stopped goes on with `existing: 'resume'`. */
export type DecoderOutcome =
  | { folder: ResultsFolder; stopped: true }
  | ({ folder: ResultsFolder; stopped: false; decoder: string } & DecoderResults);

/** What a decoder has learned. */
export interface DecoderResults {
  /** Mean loss of the last epoch. */
  trainLoss: number;
  /** Means over the validation videos that could be read; undefined without any. */
  validation: (DecodingQuality & { videos: number }) | undefined;
}

/**
 * Trains a decoder from a frozen predictor's features to pixels (V-JEPA, section on qualitative evaluation). Encoder and predictor
 * are frozen; the decoder sees the features predicted for what is hidden, and nothing else of the clip. Stopped or killed and
 * resumed, it ends in the same numbers, bit for bit.
 *
 * @throws InputError when files, models or sizes are wrong, when the folder is somebody else's, or when the training diverges;
 *   CheckpointError and VideoError where a file is damaged
 */
export async function trainDecoder(options: TrainDecoderOptions): Promise<DecoderOutcome> {
  const { plan, begin, signal } = options;
  const record = options.record ?? decoderRecord(plan);

  // ---- Folder: checked now, made when data and models are known to be right ---------------------------------------
  const files = {
    csv: join(options.folder, 'decoder_r0.csv'),
    state: join(options.folder, 'training-state.safetensors'),
    decoder: join(options.folder, 'decoder.safetensors'),
  };
  const run = await checkResultsRun(options, { kind: plan.kind, record, work: [files.state, files.decoder] });
  const { folder, log } = run;

  // ---- Data and models --------------------------------------------------------------------------------------------
  const { train, validation } = await decoderVideos(plan);
  const models =
    options.models ?? (await loadPredictingModels(plan.checkpoint, { ...plan.models, encoder: plan.encoder }));
  for (const note of models.notes) log(`note: ${note}`);
  const { encoder, predictor } = models;
  pairedModel(models);
  const config = pixelDecoderConfig(decodedTokens(models), plan.sizes);
  const masksOf = batchMasks(config.grid, plan.masks, plan.context);

  // ---- Engine -----------------------------------------------------------------------------------------------------
  const engine = await run.openEngine();
  const batchSize = Math.min(plan.training.batchSize, train.length * plan.training.clipsPerVideo);
  requireSharedBatch(engine, batchSize);
  const weights = modelDigests(models);
  const sets = { 'training set': fingerprint(train), ...(validation && { 'validation set': fingerprint(validation) }) };
  using _lock = await run.start(engine, { sets, weights });
  log(await decoderLine(plan.loading.decoder));
  const compiling = compileNotice(engine, 'the training step', encoder.depth + predictor.depth + config.depth);

  // ---- Training, and what has come of it --------------------------------------------------------------------------
  const { clips, masks, context, maskIndex, features } = plan;
  const origin = { clips, masks, context, maskIndex, features, weights };
  const trainer = decoderTrainer({ engine, plan, models, config, masksOf, batchSize });
  const loader = recipeLoader(plan.loading, plan.seed, train, decoderRecipe(plan), 'replace');
  const results = await run
    .untilStopped(async (): Promise<DecoderResults> => {
      const loss = {
        ...{ files, folder, log, signal, begin, compiling },
        observers: run.observers,
        resume: run.resume,
      };
      const trainLoss = await trainByLoss({
        ...loss,
        ...trainingOf(plan, trainer, loader, train.length, batchSize, log),
      });
      const decoder = { config, parameters: await trainer.average(), training: origin };
      await savePixelDecoder(files.decoder, decoder);
      const asked = { ...models, engine, pixelDecoder: decoder, begin, seed: plan.seed };
      return { trainLoss, validation: validation && (await qualityOf({ ...asked, files: validation }, plan, log)) };
    })
    .finally(async () => {
      trainer.dispose();
      await loader.close();
    });
  if (results === undefined) return { folder, stopped: true };
  const told = { config: record.settings, path: folder.path, ...results };
  writeFileAtomically(folder.results, `${JSON.stringify(told, null, 2)}\n`);
  return { folder, stopped: false, decoder: files.decoder, ...results };
}

/** What is trained, on what, step by step. */
function trainingOf(
  plan: DecoderPlan,
  trainer: DecoderTrainer,
  loader: ClipLoader,
  videos: number,
  batchSize: number,
  log: (line: string) => void,
): Pick<LossTraining, 'epochs' | 'stepsPerEpoch' | 'model' | 'description' | 'remedy' | 'steps'> {
  const { seed } = plan;
  const { epochs, clipsPerVideo } = plan.training;
  const samples = Int32Array.from({ length: videos * clipsPerVideo }, (_, i) => i % videos);
  const stepsPerEpoch = Math.floor(samples.length / batchSize);
  const learningRate = rateSchedule(plan, stepsPerEpoch);
  return {
    ...{ epochs, stepsPerEpoch, model: trainer },
    description: `training a decoder on ${videos} videos: ${epochs} epochs of ${stepsPerEpoch} steps of ${batchSize} clips`,
    remedy: sentence`start again with a lower ${option('training.learningRate')}`,
    async *steps(epoch, first) {
      const requests = trainingPlan(samples, { epoch, batchSize, seed, reshuffle: true }).slice(first, stepsPerEpoch);
      const updates = async function* () {
        let step = epoch * stepsPerEpoch + first;
        for await (const batch of loader.batches(requests)) {
          step += 1;
          const clips = { shape: batch.shape, data: batch.clips };
          yield { batch, inputs: trainer.inputs(clips, step, learningRate(step)) };
        }
      };
      for await (const { batch, inputs } of inputsAhead(trainer.run, updates())) {
        for (const { reason, replacedBy } of batch.failures) log(`replaced in training: ${reason}; by ${replacedBy}`);
        const { loss } = await trainer.run(inputs);
        batch.release();
        yield scalarOf(loss);
      }
    },
  };
}

/** How well videos are decoded, on the mean. */
async function qualityOf(
  asked: DecodeVideosOptions,
  { loading: { decoder, timeLimitMs: timeoutMs } }: DecoderPlan,
  log: (line: string) => void,
): Promise<NonNullable<DecoderResults['validation']>> {
  const { videos, leftOut } = await decodeVideos({ ...asked, decoder, timeoutMs });
  for (const { reason } of leftOut) log(`left out: ${reason}`);
  const mean = (of: keyof DecodingQuality) => videos.reduce((sum, { quality }) => sum + quality[of], 0) / videos.length;
  return {
    videos: videos.length,
    samples: mean('samples'),
    meanSample: mean('meanSample'),
    fromTargets: mean('fromTargets'),
    meanColor: mean('meanColor'),
    deviation: mean('deviation'),
  };
}

type Files = InputFiles['files'];

/** The videos of a decoder's training. */
async function decoderVideos({ data }: DecoderPlan): Promise<{ train: Files; validation: Files | undefined }> {
  const read = async (inputs: readonly string[]) => {
    return (await inputFiles(inputs, { recursive: data.recursive, kind: 'video' })).files;
  };
  return { train: await read(data.train), validation: data.validation && (await read(data.validation)) };
}

function fingerprint(files: Files) {
  return indexFingerprint(files.map(({ name }) => ({ path: name, label: -1 })));
}

/** How videos become clips: cropped and mirrored as in pretraining, or as they are decoded later. */
function decoderRecipe({ encoder, clips, training }: DecoderPlan): Parameters<typeof recipeLoader>[3] {
  const size = encoder.imageSize;
  return {
    clip: { framesPerClip: encoder.numFrames, ...clips, placement: 'random' },
    transform:
      training.cropScale === 1
        ? { kind: 'evaluation', size }
        : { kind: 'pretraining', size, scale: [training.cropScale, 1] },
  };
}

/** Linear warm-up, then a half cosine to zero. */
function rateSchedule({ training }: DecoderPlan, stepsPerEpoch: number): (step: number) => number {
  const { learningRate: reference, warmupEpochs, epochs } = training;
  const lengths = { warmupSteps: Math.trunc(warmupEpochs * stepsPerEpoch), horizon: epochs * stepsPerEpoch };
  return learningRateSchedule({ start: 0, reference, final: 0 }, lengths);
}
