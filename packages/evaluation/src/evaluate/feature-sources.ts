import { compileNotice, type Engine, type HostTensor } from '@vjepa/engine';
import { layoutOf } from '@vjepa/probe';
import { chooseDecoder } from '@vjepa/video';
import type { AnticipationPlan } from '../anticipation/anticipation-plan.js';
import { tubeletsAhead } from '../anticipation/anticipation-plan.js';
import { defaultBatch } from '../features/clip-tokens.js';
import { type ForetoldFeatures, tokensOf } from '../features/extraction-step.js';
import { type FeatureExtractor, featureExtractor } from '../features/feature-extractor.js';
import { type ClipRecipe, recipeLoader } from './clip-recipe.js';
import { decoderLine } from './decoder-line.js';
import type { EvaluationPlan } from './evaluation-plan.js';
import { cachedFeatures, parametersDigest } from './feature-cache.js';
import { type FeatureSource, listBad, probeBatch } from './feature-source.js';
import type { LabelledSet } from './labelled-set.js';
import { liveFeatures } from './live-features.js';

export interface FeatureSourcesOptions {
  plan: EvaluationPlan | AnticipationPlan;
  engine: Engine;
  parameters: Record<string, HostTensor>;
  /** The predictor, where what is to come is part of the features. */
  foretold?: ForetoldFeatures | undefined;
  /** Folder of cached features; undefined: features are computed whenever they are needed. */
  cache: string | undefined;
  log: (line: string) => void;
  /** Stops the filling of a cache, what is done kept. */
  signal?: AbortSignal | undefined;
}

/** Opens features of the evaluation's sets. The frozen encoder is bound to the engine once, when it is first needed. */
export interface FeatureSources {
  training(set: LabelledSet): Promise<FeatureSource>;
  validation(set: LabelledSet): Promise<FeatureSource>;
  close(): void;
}

export function featureSources(options: FeatureSourcesOptions): FeatureSources {
  const { plan, engine, parameters, foretold, cache, log, signal } = options;
  const { encoder, layers } = plan;
  let bound: FeatureExtractor | undefined;
  const extractor = (recipe: ClipRecipe) => {
    const compiling = compileNotice(engine, 'the encoder', encoder.depth);
    if (bound === undefined && compiling !== undefined) log(compiling);
    bound ??= featureExtractor({
      engine,
      encoder,
      parameters,
      layers,
      joinLayers: 'tokens',
      foretold,
      frames: recipe.frames,
      repeats: recipe.repeats,
      batchSize: encoderBatch(plan, engine.devices, cache !== undefined, foretold),
    });
    return bound;
  };
  const live = (set: LabelledSet, recipe: ClipRecipe, onBadVideo: 'replace' | 'report') =>
    liveFeatures({
      entries: set.entries,
      recipe,
      extractor: extractor(recipe),
      loader: recipeLoader(plan.loading, plan.seed, set.entries, recipe, onBadVideo),
      ...(foretold && { aheadOf: (request) => tubeletsAhead(recipe.clip, encoder.tubeletSize, plan.seed, request) }),
      onReplaced: ({ reason, replacedBy }) => log(`replaced in training: ${reason}; by ${replacedBy}`),
    });
  let decoderSaid = false;
  async function sayDecoder(): Promise<void> {
    if (decoderSaid || plan.data.kind === 'image') return;
    decoderSaid = true;
    log(await decoderLine(plan.loading.decoder));
  }
  let digest: string | undefined;

  async function cached(folder: string, set: LabelledSet, recipe: ClipRecipe): Promise<FeatureSource> {
    digest ??= parametersDigest(parameters);
    const ahead = foretold && {
      ...{ predictor: foretold.predictor, parts: foretold.parts },
      weights: parametersDigest(foretold.parameters),
    };
    const { decoder } = await chooseDecoder(plan.loading.decoder);
    const { precision, backend, fusedAttention } = engine;
    const computed = { precision, backend, ...(fusedAttention && { fusedAttention }) };
    const versions = recipe.random ? Math.max(1, plan.cache.augmentations) : 1;
    const seed = recipe.random ? plan.seed : null;
    const begun = performance.now();
    let announced = begun;
    const source = await cachedFeatures({
      folder,
      entries: set.entries,
      settings: {
        encoder,
        ...(layers && { layers }),
        ...(recipe.clip.anticipation && { ahead, actions: set.entries.map(({ action }) => action) }),
        ...{ weights: digest, recipe, seed, decoder },
        ...computed,
      },
      precision: plan.cache.precision,
      versions,
      layout: layoutOf(
        recipe,
        (layers?.length ?? 1) * tokensOf(encoder, recipe.frames, { foretold, repeats: recipe.repeats }),
        encoder.embedDim,
      ),
      open: () => live(set, recipe, 'report'),
      onDamage: (message) => log(`warning: ${message}`),
      say: log,
      signal,
      onProgress(done, total) {
        const now = performance.now();
        if (now - announced < 5000 && done < total) return;
        announced = now;
        log(`features of ${set.source}: ${done} of ${total}, ${((now - begun) / 1000).toFixed(0)} s`);
      },
    });
    return source;
  }

  return {
    async training(set) {
      await sayDecoder();
      if (cache === undefined) return live(set, plan.recipes.training, 'replace');
      const recipe = plan.cache.augmentations > 0 ? plan.recipes.training : plan.recipes.plain;
      const source = await cached(cache, set, recipe);
      const { length } = source.unusable;
      if (length > 0) log(`${length} training samples of ${set.source} are left out:${listBad(source.unusable)}`);
      return source;
    },
    async validation(set) {
      await sayDecoder();
      const recipe = plan.recipes.validation;
      return cache === undefined ? live(set, recipe, 'report') : cached(cache, set, recipe);
    },
    close: () => bound?.dispose(),
  };
}

/**
 * How many clips pass the encoder together: about 8,192 tokens on each device; where features are computed for each step,
 * a number that divides the step's clips if one is near, so that little is filled up.
 */
function encoderBatch(
  plan: FeatureSourcesOptions['plan'],
  devices: number,
  cached: boolean,
  foretold: ForetoldFeatures | undefined,
): number {
  const { encoder, training, probeBatch: wanted } = plan;
  if (plan.encoderBatch !== undefined) return plan.encoderBatch;
  const recipe = plan.recipes.training;
  const most = devices * defaultBatch(tokensOf(encoder, recipe.frames), 32);
  if (cached) return most;
  const layout = layoutOf(
    recipe,
    tokensOf(encoder, recipe.frames, { foretold, repeats: recipe.repeats }),
    encoder.embedDim,
  );
  const together = { probe: plan.probe, count: plan.candidates.length };
  const perStep = probeBatch(layout, training.batchSize, wanted, together) * recipe.segments;
  const start = Math.min(most, perStep);
  for (let size = start; size > start / 2; size--) if (perStep % size === 0 && size % devices === 0) return size;
  return start;
}
