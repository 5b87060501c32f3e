import { pretrainingFlops } from '@vjepa/jepa';
import { tokenCount } from '@vjepa/masks';
import { type PretrainingPlan, type PretrainingSettings, planPretraining } from '@vjepa/training';
import type { Experiment, PretrainingRecipe, PretrainingVariant } from './experiment.js';

/** A pretraining of an experiment, but for its lists of videos and its seed. */
export interface PlannedPretraining {
  settings: Omit<PretrainingSettings, 'videos' | 'seed'>;
  data: NonNullable<PretrainingVariant['data']>;
  totalSteps: number;
  /** Updates after which a quarter of it is done, and is kept. */
  quarter: number;
}

/** What a named pretraining does. */
export function plannedPretraining(
  { recipe, pretrainings, videos }: Pick<Experiment, 'recipe' | 'pretrainings' | 'videos'>,
  name: string,
): PlannedPretraining {
  const { changes = {}, length = 1, data = [{ videos: 'main' }] } = pretrainings[name]!;
  const settings = merged(recipe, changes);
  const { batchSize = 24 } = settings;
  // As many updates whatever the videos.
  const stepsPerEpoch = settings.stepsPerEpoch ?? Math.max(1, Math.floor((videos.main?.counts.train ?? 0) / batchSize));
  const epochs = Math.max(1, Math.round(settings.epochs * length));
  const { warmupEpochs } = settings.optimization ?? {};
  const totalSteps = stepsPerEpoch * epochs;
  const fourth = Math.max(1, Math.floor(totalSteps / 4));
  const every = Math.max(1, Math.round(fourth / 5));
  const quarter = every * Math.floor(fourth / every);
  const isMix = data.some(({ weight }) => weight !== undefined);
  return {
    settings: {
      ...settings,
      stepsPerEpoch,
      epochs,
      // As large a part of the updates; where it is left open it follows by itself.
      ...(warmupEpochs !== undefined && {
        optimization: { ...settings.optimization, warmupEpochs: (warmupEpochs * epochs) / settings.epochs },
      }),
      ...(isMix && { clips: { ...settings.clips, weights: data.map(({ weight = 1 }) => weight) } }),
      checkpoints: { every, keep: 1, keepEvery: quarter },
    },
    ...{ data, totalSteps, quarter },
  };
}

/**
 * The plan of a pretraining.
 *
 * @param given its lists of videos and its seed; left out, it is a plan to ask about the model and its masks
 */
export function pretrainingPlan(
  { settings, data }: PlannedPretraining,
  given: { videos: readonly string[]; seed: number } = { videos: data.map(({ videos }) => videos), seed: 0 },
): PretrainingPlan {
  return planPretraining({ ...settings, ...given });
}

/** Floating-point operations that a step of a plan needs for each clip, with the masks of the first step. */
export function flopsOfStep(plan: PretrainingPlan): number {
  const masks = plan.masksAt(0);
  return pretrainingFlops(plan, tokenCount(plan.grid), {
    context: masks.map(({ context }) => context.shape[1]!),
    target: masks.map(({ target }) => target.shape[1]!),
  });
}

/** A recipe with changes; of a group of settings only those that are named. Masks are taken as a whole. */
export function merged(recipe: PretrainingRecipe, changes: Partial<PretrainingRecipe>): PretrainingRecipe {
  const entries = Object.entries(changes).map(([key, value]: [string, unknown]) => {
    const before: unknown = recipe[key as keyof PretrainingRecipe];
    return [key, key !== 'masks' && isGroup(before) && isGroup(value) ? { ...before, ...value } : value];
  });
  return { ...recipe, ...Object.fromEntries(entries) };
}

function isGroup(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
