import { namesShards } from '@vjepa/benchmarks';
import { type ClipEncoder, splitEncoderName, versionOf } from '@vjepa/vit';
import { InputError } from '../input-error.js';
import { requireChoice, requireCounts, requireNumbers, unfitSetting } from '../require-setting.js';
import { option, sentence } from '../sentence.js';
import type { FilledInSettings } from './pretraining-settings.js';

/** @throws InputError naming the first setting with which nothing can be trained */
export function checkSettings(settings: FilledInSettings, encoder: ClipEncoder): void {
  const { videos, clips, checkpoints, limits } = settings;
  const refuse = (name: string, expected: string, found: unknown) => {
    throw unfitSetting(name, expected, found);
  };
  requireCounts({
    ...{ epochs: settings.epochs, batchSize: settings.batchSize, stepsPerEpoch: settings.stepsPerEpoch },
    ...{ progressEvery: settings.progressEvery, 'clips.frameStep': clips.frameStep },
    ...{ 'checkpoints.every': checkpoints.every, 'checkpoints.keep': checkpoints.keep },
    ...{ 'checkpoints.keepEvery': checkpoints.keepEvery, 'checkpoints.keepEveryEpochs': checkpoints.keepEveryEpochs },
  });
  requireNumbers({ seed: settings.seed, 'clips.fraction': clips.fraction, ...ratesOf(settings) });
  requireChoice('precision', settings.precision, ['float32', 'bfloat16']);
  for (const name of ['initialDeviation', 'predictorInitialDeviation'] as const) {
    const deviation = settings[name];
    if (deviation !== 'by width' && !(Number.isFinite(deviation) && deviation > 0)) {
      refuse(name, "a number above 0, or 'by width'", deviation);
    }
  }
  requireChoice('objective.targets', settings.objective.targets, ['features', 'pixels']);
  if (settings.objective.targets === 'pixels') requirePixels(settings);
  requireChoice('objective.maskToken', settings.objective.maskToken, ['group', 'mask']);
  if (settings.optimization.lossGuard !== undefined) {
    const { deviations, window } = settings.optimization.lossGuard;
    if (!(deviations > 0)) refuse('optimization.lossGuard.deviations', 'a number above 0', deviations);
    requireCounts({ 'optimization.lossGuard.window': window });
  }
  checkAccumulation(settings);
  const { startEpochs = 0, endEpochs = startEpochs } = settings.objective.contextWeight;
  if (!(startEpochs >= 0 && endEpochs >= startEpochs)) {
    const found = [startEpochs, endEpochs];
    refuse('objective.contextWeight', 'startEpochs of at least 0, and endEpochs not before it', found);
  }
  checkSpacing('clips', clips);
  requireChoice('optimization.decay', settings.optimization.decay, ['cosine', 'cool-down']);
  if (settings.optimization.decay === 'cool-down' && settings.optimization.warmupEpochs !== 0) {
    refuse(
      'optimization.warmupEpochs',
      '0 in a cool-down, which begins at the highest rate',
      settings.optimization.warmupEpochs,
    );
  }
  if (versionOf(encoder) !== '1') requireVjepa2(settings, encoder);
  else if (settings.teacher) refuse('teacher', 'none with an encoder of V-JEPA', 'one');
  checkOtherClips(settings, encoder);
  requireChoice('recompute', settings.recompute, ['none', 'elementwise', 'block']);
  for (const [name, share] of Object.entries(limits)) {
    if (!(share >= 0 && share <= 1)) refuse(`limits.${name}`, 'a share from 0 to 1', share);
  }
  if (!(clips.fraction > 0 && clips.fraction <= 1)) refuse('clips.fraction', 'a share in (0, 1]', clips.fraction);
  checkWeights('clips.weights', clips.weights, videos.length);
  if (videos.some(namesShards) && !videos.every(namesShards)) {
    throw new InputError({
      subject: option('videos'),
      problem: sentence`tar shards are read one after the other: they go with no list and no folder`,
      code: 'setting',
    });
  }
  if (encoder.imageSize % encoder.patchSize !== 0) {
    refuse('encoder.imageSize', `a multiple of the patches' side, ${encoder.patchSize}`, encoder.imageSize);
  }
  if (encoder.numFrames < 2 || encoder.numFrames % encoder.tubeletSize !== 0) {
    refuse('encoder.numFrames', `a multiple of a tubelet's frames, ${encoder.tubeletSize}`, encoder.numFrames);
  }
}

/** @throws InputError where clips cannot be cut into equal parts, or something looks at a whole batch's loss */
function checkAccumulation({ optimization, batchSize, otherClips }: FilledInSettings): void {
  const { accumulationSteps, lossGuard } = optimization;
  const name = 'optimization.accumulationSteps';
  requireCounts({ [name]: accumulationSteps });
  if (accumulationSteps > 1 && lossGuard !== undefined) {
    throw unfitSetting(name, '1 with a loss guard, which weighs the loss of a whole batch', accumulationSteps);
  }
  const uneven = [batchSize, ...otherClips.map((other) => other.batchSize)].find(
    (size) => size % accumulationSteps !== 0,
  );
  if (uneven !== undefined) {
    throw unfitSetting(name, `a divisor of the step's ${uneven} clips`, accumulationSteps);
  }
}

/** @throws InputError naming a setting that V-JEPA 2 does not have */
function requireVjepa2(
  { model, objective, predictor, masks, otherClips, teacher }: FilledInSettings,
  encoder: ClipEncoder,
): void {
  if (objective.targets === 'pixels') {
    throw unfitSetting('objective.targets', 'features with an encoder of V-JEPA 2', objective.targets);
  }
  if (objective.regularizerCoefficient !== 0) {
    const expected = '0, the default, with an encoder of V-JEPA 2, which has no variance term';
    throw unfitSetting('objective.regularizerCoefficient', expected, objective.regularizerCoefficient);
  }
  if (teacher !== undefined) {
    const found = [teacher.patchSize, teacher.tubeletSize];
    const expected = [encoder.patchSize, encoder.tubeletSize];
    if (String(found) !== String(expected)) {
      const wanted = `an encoder with the student's patches and tubelets, ${expected.join(' and ')}`;
      throw unfitSetting('teacher', wanted, found.join(' and '));
    }
    if (predictor.levels !== undefined && predictor.levels !== 1) {
      throw unfitSetting('predictor.levels', '1 with a teacher, whose last features are predicted', predictor.levels);
    }
  }
  const others = otherClips.map((other) => (other.masks ?? masks).masks?.length ?? 0);
  const isDense = splitEncoderName(model).version === '2.1';
  const ofGroups = isDense ? 1 : 1 + others.length;
  const needed = objective.maskToken === 'mask' ? Math.max(masks.masks.length, ...others) : ofGroups;
  const { numMaskTokens = needed } = predictor;
  if (numMaskTokens < needed) {
    const each = objective.maskToken === 'mask' ? 'mask' : 'length of clips';
    throw unfitSetting('predictor.numMaskTokens', `${needed} or more, one for each ${each}`, numMaskTokens);
  }
}

/** @throws InputError where two settings say how far apart the frames of a clip are, or one of them nothing that can be */
function checkSpacing(
  name: string,
  { clipRate, duration }: Pick<FilledInSettings['clips'], 'clipRate' | 'duration'>,
): void {
  if (clipRate !== undefined && duration !== undefined) {
    throw unfitSetting(`${name}.clipRate`, 'none where the seconds of a clip (duration) are set', clipRate);
  }
  for (const [key, value] of Object.entries({ clipRate, duration })) {
    if (value !== undefined && !(value > 0)) throw unfitSetting(`${name}.${key}`, 'a number above 0', value);
  }
}

/** @throws InputError where weights are not one for each entry of the videos, or choose none */
function checkWeights(name: string, weights: readonly number[] | undefined, count: number): void {
  if (weights === undefined) return;
  if (weights.length !== count) throw unfitSetting(name, `one weight for each of the ${count} videos`, weights);
  if (weights.every((weight) => weight >= 0) && weights.some((weight) => weight > 0)) return;
  throw unfitSetting(name, 'weights of at least 0, not all of them 0', weights);
}

/** @throws InputError naming what of other clips no step can have */
function checkOtherClips({ otherClips, teacher }: FilledInSettings, encoder: ClipEncoder): void {
  if (otherClips.length > 0 && versionOf(encoder) === '1') {
    throw unfitSetting('otherClips', 'none with an encoder of V-JEPA, whose clips are of one length', otherClips);
  }
  const { patchSize, tubeletSize } = encoder;
  for (const [index, { batchSize, numFrames, imageSize, videos, clips = {} }] of otherClips.entries()) {
    const name = `otherClips.${index}`;
    checkWeights(`${name}.weights`, clips.weights, typeof videos === 'string' ? 1 : videos.length);
    checkSpacing(name, { clipRate: clips.clipRate, duration: clips.duration });
    requireCounts({ [`${name}.batchSize`]: batchSize, [`${name}.numFrames`]: numFrames });
    checkPaths(`${name}.videos`, typeof videos === 'string' ? [videos] : videos);
    const isImages = numFrames === 1 && versionOf(encoder) === '2.1';
    if (isImages && teacher !== undefined && teacher.version !== '2.1') {
      throw unfitSetting(`${name}.numFrames`, '2 or more with a teacher of V-JEPA 2, which takes no images', numFrames);
    }
    if (!isImages && (numFrames < 2 || numFrames % tubeletSize !== 0)) {
      const orImages = versionOf(encoder) === '2.1' ? ', or 1 for images' : '';
      throw unfitSetting(`${name}.numFrames`, `a multiple of a tubelet's frames, ${tubeletSize}${orImages}`, numFrames);
    }
    if (imageSize !== undefined && !(imageSize > 0 && imageSize % patchSize === 0)) {
      throw unfitSetting(`${name}.imageSize`, `a multiple of the patches' side, ${patchSize}`, imageSize);
    }
  }
}

/** @throws InputError naming a setting that is about features, where pixels are predicted */
function requirePixels({ objective, checkpoints }: FilledInSettings): void {
  const { lossExponent, regularizerCoefficient } = objective;
  const why = 'where pixels are predicted';
  if (regularizerCoefficient !== 0) {
    throw unfitSetting(
      'objective.regularizerCoefficient',
      `0 ${why}, for it keeps features apart`,
      regularizerCoefficient,
    );
  }
  if (lossExponent !== 1) {
    throw unfitSetting(
      'objective.lossExponent',
      `1, the default, ${why}, for their loss is the mean squared error`,
      lossExponent,
    );
  }
  if (checkpoints.reference) {
    throw unfitSetting('checkpoints.reference', `false ${why}, for the reference's form holds a target encoder`, true);
  }
}

/** @throws InputError when model, videos or masks are nothing that could be looked into */
export function checkNamed({ model, videos, masks }: Pick<FilledInSettings, 'model' | 'videos' | 'masks'>): void {
  if (typeof model !== 'string') throw unfitSetting('model', 'the name of an encoder, such as vit_large', model);
  checkPaths('videos', videos);
  if (!Array.isArray(masks.masks)) throw unfitSetting('masks', "{ kind: 'multiblock3d', masks: [...] }", masks);
}

/** @throws InputError where these are no paths */
function checkPaths(name: string, videos: unknown): void {
  const named = Array.isArray(videos) && videos.length > 0 && videos.every((path) => typeof path === 'string');
  if (!named) throw unfitSetting(name, 'a folder of videos, a list of them, or tar shards', videos);
}

/** Every number of the objective and of the optimisation by its name. */
function ratesOf({ objective, optimization }: FilledInSettings): Record<string, unknown> {
  const { learningRate, weightDecay, momentum, warmupEpochs, scheduleScale, clipNorm } = optimization;
  return {
    'objective.lossExponent': objective.lossExponent,
    'objective.regularizerCoefficient': objective.regularizerCoefficient,
    'objective.contextWeight.weight': objective.contextWeight.weight,
    'optimization.learningRate.start': learningRate.start,
    'optimization.learningRate.reference': learningRate.reference,
    'optimization.learningRate.final': learningRate.final,
    'optimization.weightDecay.reference': weightDecay.reference,
    'optimization.weightDecay.final': weightDecay.final,
    'optimization.momentum.start': momentum.start,
    'optimization.momentum.end': momentum.end,
    'optimization.warmupEpochs': warmupEpochs,
    'optimization.scheduleScale': scheduleScale,
    'optimization.predictorLearningRateScale': optimization.predictorLearningRateScale,
    'optimization.clipNorm': clipNorm,
  };
}
