import { compileNotice, type Engine, type HostTensor } from '@vjepa/engine';
import { layoutOf } from '@vjepa/probe';
import { type ClipLoader, chooseDecoder } from '@vjepa/video';
import type { AnticipationPlan } from '../anticipation/anticipation-plan.js';
import { tubeletsAhead } from '../anticipation/anticipation-plan.js';
import { defaultBatch } from '../features/clip-tokens.js';
import { type ForetoldFeatures, tokensOf } from '../features/extraction-step.js';
import { type FeatureExtractor, featureExtractor } from '../features/feature-extractor.js';
import type { LoadFeatures, SharedFeatures } from '../features/shared-features.js';
import { type ClipRecipe, recipeLoader } from './clip-recipe.js';
import { decoderLine } from './decoder-line.js';
import type { EvaluationPlan } from './evaluation-plan.js';
import { cachedFeatures, parametersDigest } from './feature-cache.js';
import { type FeatureSource, listBad, probeBatch } from './feature-source.js';
import type { LabelledSet } from './labelled-set.js';
import { type LiveFeaturesOptions, liveFeatures, loadLive } from './live-features.js';

/** Features that several processes compute together, in words that all understand. */
export interface WantedFeatures {
  /** One of the evaluation's sets, and which of its samples. */
  set: 'train' | 'validation' | 'test';
  samples: readonly number[];
  recipe: keyof EvaluationPlan['recipes'];
  onBadVideo: 'replace' | 'report';
}

/** The sets of an evaluation. */
export type EvaluatedSets = Partial<Readonly<Record<WantedFeatures['set'], LabelledSet | undefined>>>;

export interface FeatureSourcesOptions {
  plan: EvaluationPlan | AnticipationPlan;
  engine: Engine;
  parameters: Record<string, HostTensor>;
  /** Where several processes compute features together: with whom, and the sets that these are of. */
  shared?: { features: SharedFeatures<WantedFeatures, unknown>; sets: EvaluatedSets } | undefined;
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
  /** What another process wants this one to compute with it. */
  wanted(features: WantedFeatures): LoadFeatures;
  close(): void;
}

export function featureSources(options: FeatureSourcesOptions): FeatureSources {
  const { plan, parameters, foretold, cache, log, signal, shared } = options;
  // Each process computes its part of the features by itself.
  const engine = options.engine.alone ?? options.engine;
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
  const reading = (
    entries: LabelledSet['entries'],
    recipe: ClipRecipe,
    onBadVideo: WantedFeatures['onBadVideo'],
  ): LiveFeaturesOptions => ({
    entries,
    recipe,
    extractor: extractor(recipe),
    loader: recipeLoader(plan.loading, plan.seed, entries, recipe, onBadVideo),
    ...(foretold && { aheadOf: (request) => tubeletsAhead(recipe.clip, encoder.tubeletSize, plan.seed, request) }),
    onReplaced: ({ reason, replacedBy }) => log(`replaced in training: ${reason}; by ${replacedBy}`),
  });
  const live = ({ entries }: LabelledSet, name: WantedFeatures['recipe'], onBadVideo: WantedFeatures['onBadVideo']) => {
    const options = reading(entries, plan.recipes[name], onBadVideo);
    if (shared === undefined) return liveFeatures(options);
    const what = { ...samplesOf(shared.sets, entries), recipe: name, onBadVideo };
    return liveFeatures({ ...options, shared: (load) => shared.features.loading(what, load) });
  };
  const opened = new Map<string, { load: LoadFeatures; loader: ClipLoader }>();
  let decoderSaid = false;
  async function sayDecoder(): Promise<void> {
    if (decoderSaid || plan.data.kind === 'image') return;
    decoderSaid = true;
    log(await decoderLine(plan.loading.decoder));
  }
  let digest: string | undefined;

  async function cached(folder: string, set: LabelledSet, name: WantedFeatures['recipe']): Promise<FeatureSource> {
    const recipe = plan.recipes[name];
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
      open: () => live(set, name, 'report'),
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
      if (cache === undefined) return live(set, 'training', 'replace');
      const source = await cached(cache, set, plan.cache.augmentations > 0 ? 'training' : 'plain');
      const { length } = source.unusable;
      if (length > 0) log(`${length} training samples of ${set.source} are left out:${listBad(source.unusable)}`);
      return source;
    },
    async validation(set) {
      await sayDecoder();
      return cache === undefined ? live(set, 'validation', 'report') : cached(cache, set, 'validation');
    },
    wanted({ set, samples, recipe, onBadVideo }) {
      const key = JSON.stringify([set, samples, recipe, onBadVideo]);
      let found = opened.get(key);
      if (found === undefined) {
        const { entries } = shared!.sets[set]!;
        const options = reading(
          samples.map((index) => entries[index]!),
          plan.recipes[recipe],
          onBadVideo,
        );
        found = { load: loadLive(options), loader: options.loader };
        opened.set(key, found);
      }
      return found.load;
    },
    close() {
      bound?.dispose();
      for (const { loader } of opened.values()) void loader.close();
    },
  };
}

/** Of which set some samples are, and which of it. */
function samplesOf(sets: EvaluatedSets, entries: LabelledSet['entries']): Pick<WantedFeatures, 'set' | 'samples'> {
  for (const set of ['train', 'validation', 'test'] as const) {
    const places = new Map(sets[set]?.entries.map((entry, index) => [entry, index]));
    const samples = entries.flatMap((entry) => places.get(entry) ?? []);
    if (samples.length === entries.length) return { set, samples };
  }
  throw new Error('samples are of one of the sets of their evaluation');
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
