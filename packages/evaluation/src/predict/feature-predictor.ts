import { type Engine, type HostTensor, inputsAhead } from '@vjepa/engine';
import { type MaskPair, type TokenGrid, tokenCount } from '@vjepa/masks';
import { featureGrid } from '@vjepa/probe';
import { InputError, option, requireChoice, requireCounts, sentence, unfitSetting } from '@vjepa/training';
import { type ClipEncoder, type ClipPredictor, isVjepa2, tokenGrid, versionOf } from '@vjepa/vit';
import { defaultBatch } from '../features/clip-tokens.js';
import { requireEncoder, requireEngine } from '../require-given.js';
import { type PredictingModel, predictionStep, targetLevels } from './prediction-step.js';

/** The models of a prediction, and what they are asked. */
export interface FeaturePredictorOptions {
  engine: Engine;
  /** What sees the context. */
  encoder: ClipEncoder;
  parameters: Record<string, HostTensor>;
  predictor: ClipPredictor;
  predictorParameters: Record<string, HostTensor>;
  /**
   * The encoder whose features are predicted, and which sees whole clips: in training the moving average of the other. Default:
   * the encoder that sees the context, as the published models are used. The predictor of a distilled encoder of V-JEPA 2.1
   * predicts its teacher's.
   */
  target?: { encoder: ClipEncoder; parameters: Record<string, HostTensor> } | undefined;
  /** Which tokens are seen and which predicted, of one sample: all clips have this mask. */
  mask: MaskPair;
  /**
   * Which mask token stands for the targets, modulo their number. Default 1, as the published models are used. In V-JEPA
   * each mask of the objective has its own (0: eight small blocks, 1: two large ones); V-JEPA 2 trains 0 alone where all
   * clips have one length.
   */
  maskIndex?: number | undefined;
  /** Whose embedding the predictor of V-JEPA 2.1 adds to every token. Default: `image` for clips of one frame. */
  modality?: 'image' | 'video' | undefined;
  /**
   * Where the predictor of V-JEPA 2 and 2.1 takes tokens to be. `clip` (default): where they are, stretched as in training.
   * `published`: as the published code builds it for use, on a square grid of the config's size, and in V-JEPA 2.1 without the
   * stretching; it differs for clips that are not square, and in V-JEPA 2.1 for any but 256 x 256.
   */
  positions?: 'clip' | 'published' | undefined;
  /** Frames, height and width of the clips that will come, in pixels. Default: those the encoder is made for. */
  clipSize?: readonly [frames: number, height: number, width: number] | undefined;
  /** Whether predictions and targets are given, and not their distance alone. Default false. */
  keepFeatures?: boolean | undefined;
  /** Clips that pass together, rounded up to a multiple of the engine's devices. Default: about 8,192 tokens on each. */
  batchSize?: number | undefined;
}

/** Values 0..255. */
export type Pixels = Uint8Array | Float32Array;

/** What was predicted of a clip, target by target in the order of the mask. */
export interface ClipPrediction {
  /** Mean over features of |prediction - target|. [Kt] */
  distance: Float32Array;
  /** The same of the mean over the clip's tokens of the target encoder's features, in place of the prediction. [Kt] */
  meanDistance: Float32Array;
  /** [Kt, E], where they are kept. */
  predictions?: Float32Array;
  /** [Kt, E], where they are kept: what the target encoder sees, through the objective's layer norm. */
  targets?: Float32Array;
}

/** Encoder and predictor on an engine: clips in, predictions and their distance from the targets out. */
export interface FeaturePredictor {
  /** Each clip is [T, H, W, 3]; the next are on their way to the device while some are at work. */
  predictEach<T extends { clip: Pixels }>(clips: AsyncIterable<T>): AsyncGenerator<T & ClipPrediction>;
  /** Of the clips' tokens. */
  readonly grid: TokenGrid;
  /** E */
  readonly width: number;
  dispose(): void;
}

/**
 * Binds an encoder and a predictor to an engine. The context is encoded by itself, as in training: the prediction has seen
 * nothing of its targets.
 *
 * @throws InputError when the models do not belong together, or the mask has a token that the clips have not
 */
export function featurePredictor(options: FeaturePredictorOptions): FeaturePredictor {
  requireOptions(options);
  const model = pairedModel(options);
  const { engine, encoder, parameters, predictor, predictorParameters, mask, maskIndex = 1 } = options;
  const { modality, positions = 'clip', keepFeatures = false } = options;
  const target = options.target?.encoder ?? encoder;
  const [T, H, W] = options.clipSize ?? [encoder.numFrames, encoder.imageSize, encoder.imageSize];
  const grid = featureGrid(encoder, { frames: T, height: H, width: W });
  requireGrid(options, grid);
  for (const side of ['context', 'target'] as const) requireTokens(mask, side, grid);
  const Kt = mask.target.shape[1];
  const width = predictor.outputDim;
  const { devices } = engine;
  const batchSize = Math.ceil((options.batchSize ?? devices * defaultBatch(tokenCount(grid))) / devices) * devices;
  const settings = { model, target, mask, maskIndex, modality, positions, keepFeatures };
  const run = engine.bind(predictionStep(settings, options.target !== undefined), {
    encoder: parameters,
    predictor: predictorParameters,
    target: options.target?.parameters ?? {},
  });
  const pixels = T * H * W * 3;

  async function* batchesOf<T extends { clip: Pixels }>(clips: AsyncIterable<T>) {
    let items: T[] = [];
    for await (const item of clips) {
      if (item.clip.length !== pixels) {
        throw new Error(`a clip of [${T}, ${H}, ${W}, 3] has ${pixels} values, found ${item.clip.length}`);
      }
      items.push(item);
      if (items.length < batchSize) continue;
      yield together(items);
      items = [];
    }
    if (items.length > 0) yield together(items);
  }

  /** The last batch is filled up with clips that nobody looks at, so that the step is compiled once. */
  function together<T extends { clip: Pixels }>(items: T[]) {
    const data = new (items[0]!.clip instanceof Uint8Array ? Uint8Array : Float32Array)(batchSize * pixels);
    for (const [i, { clip }] of items.entries()) data.set(clip, i * pixels);
    return { items, inputs: { clips: { shape: [batchSize, T, H, W, 3], data } } };
  }

  async function* predictEach<T extends { clip: Pixels }>(clips: AsyncIterable<T>) {
    for await (const { items, inputs } of inputsAhead(run, batchesOf(clips))) {
      const outputs = (await run(inputs)) as Record<keyof ClipPrediction, HostTensor>;
      for (const [i, item] of items.entries()) {
        const own = (name: keyof ClipPrediction, length: number) =>
          (outputs[name].data as Float32Array).slice(i * length, (i + 1) * length);
        const features = keepFeatures
          ? { predictions: own('predictions', Kt * width), targets: own('targets', Kt * width) }
          : {};
        yield { ...item, distance: own('distance', Kt), meanDistance: own('meanDistance', Kt), ...features };
      }
    }
  }

  return { predictEach, grid, width, dispose: () => run.dispose() };
}

/** @throws InputError naming the first option of the wrong kind */
function requireOptions({ engine, maskIndex, batchSize, positions, modality }: FeaturePredictorOptions): void {
  requireEngine(engine);
  requireCounts({ batchSize });
  requireChoice('positions', positions, ['clip', 'published']);
  requireChoice('modality', modality, ['image', 'video']);
  requireMaskIndex(maskIndex);
}

/** @throws InputError when it is given and counts no mask token */
export function requireMaskIndex(maskIndex: number | undefined): void {
  if (maskIndex === undefined || (Number.isInteger(maskIndex) && maskIndex >= 0)) return;
  throw unfitSetting('maskIndex', 'a whole number from 0 on', maskIndex);
}

/**
 * An encoder and a predictor that belong together.
 *
 * @throws InputError naming what keeps them, or the target encoder, from being of one model
 */
export function pairedModel(
  models: Pick<FeaturePredictorOptions, 'encoder' | 'predictor' | 'target'>,
): PredictingModel {
  const { encoder, predictor } = models;
  requireEncoder(encoder);
  if (typeof predictor?.outputDim !== 'number') {
    throw unfitSetting('predictor', 'what loadPredictor or predictorConfig gives', predictor);
  }
  const [ours, theirs] = [versionOf(encoder), versionOf(predictor)];
  if (ours !== theirs) {
    throw unfit(`is one of V-JEPA ${theirs}, and the encoder of V-JEPA ${ours}`);
  }
  if (predictor.encoderDim !== encoder.embedDim) {
    throw unfit(`takes features ${predictor.encoderDim} wide, and the encoder's are ${encoder.embedDim} wide`);
  }
  const { levels } = predictor as { levels?: number };
  const normed = isVjepa2(encoder) ? encoder.normLayers.length : 1;
  if (levels !== undefined && levels > 1 && levels !== normed) {
    throw unfit(`takes ${levels} levels of the encoder, which has ${normed}`);
  }
  requireTarget(models, models.target?.encoder ?? encoder);
  return { encoder, predictor } as PredictingModel;
}

/** @throws InputError when what is predicted is none of the target encoder's features */
function requireTarget(
  { predictor, encoder, target: own }: Pick<FeaturePredictorOptions, 'encoder' | 'predictor' | 'target'>,
  target: ClipEncoder,
): void {
  const { outputDim } = predictor;
  if (targetLevels(target, outputDim) === undefined) {
    const whose = own === undefined ? "the encoder's" : "the target encoder's";
    throw new InputError({
      subject: option('predictor'),
      problem: `predicts features ${outputDim} wide, and ${whose} are ${target.embedDim} wide`,
      remedy: sentence`give the encoder that it predicts, as ${option('target')}: that of a distilled encoder of V-JEPA 2.1 predicts its teacher's last features`,
      code: 'other-target',
    });
  }
  if (target.patchSize === encoder.patchSize && target.tubeletSize === encoder.tubeletSize) return;
  throw new InputError({
    subject: option('target'),
    problem: `has tokens of ${target.tubeletSize} x ${target.patchSize} x ${target.patchSize}, and the encoder of ${encoder.tubeletSize} x ${encoder.patchSize} x ${encoder.patchSize}`,
    code: 'other-target',
  });
}

/** @throws InputError where positions come from a table that is not the clips' */
function requireGrid({ predictor, mask, positions }: FeaturePredictorOptions, grid: TokenGrid): void {
  const made = tokenGrid(predictor);
  if (!isVjepa2(predictor)) {
    if (made.depth === grid.depth && made.height === grid.height && made.width === grid.width) return;
    throw unfit(
      `has the positions of ${sides(made)} tokens in a table, and the clips have ${sides(grid)}`,
      'give clips of the size that it was trained with',
    );
  }
  if (positions !== 'published') return;
  for (const side of ['context', 'target'] as const) requireTokens(mask, side, made);
}

/** @throws InputError naming the first token of a mask that a grid does not have */
function requireTokens(mask: MaskPair, side: 'context' | 'target', grid: TokenGrid): void {
  const { indices, shape } = mask[side];
  const subject = `mask.${side}`;
  if (shape[0] !== 1 || shape[1] < 1 || indices.length !== shape[1]) {
    throw unfitSetting(subject, 'the tokens of one sample, [1, K], at least one', shape);
  }
  const tokens = tokenCount(grid);
  const outside = indices.find((token) => token < 0 || token >= tokens);
  if (outside === undefined) return;
  const expected = `tokens of the grid of ${sides(grid)}, 0 to ${tokens - 1}`;
  throw unfitSetting(subject, expected, outside);
}

function sides({ depth, height, width }: TokenGrid): string {
  return `${depth} x ${height} x ${width}`;
}

/** What is wrong with a predictor that is none of the encoder's. */
function unfit(problem: string, remedy = 'give the two that were trained together'): InputError {
  return new InputError({ subject: option('predictor'), problem, remedy, code: 'other-predictor' });
}
