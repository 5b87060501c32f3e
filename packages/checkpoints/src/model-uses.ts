import type { RecognizedModel } from './recognized-model.js';

/** What models can be used for, in the words of `describeInspection`. */
export const USES = {
  features: 'features',
  prediction: 'predictions of what is masked or to come',
  classification: 'classification',
  anticipation: 'anticipation of actions',
  evaluation: 'training of probes',
  'hugging-face': "conversion to Hugging Face's form",
} as const;

/** Something that models can be used for here. */
export type ModelUse = keyof typeof USES;

/**
 * What the models of a file can be used for. A probe that has no encoder beside it needs one in another file; a model that
 * lacks tensors or has others is refused by whatever loads it.
 */
export function usesOf(found: readonly RecognizedModel[]): ModelUse[] {
  const models = found.filter(({ unknown, missing }) => unknown.length === 0 && missing.length === 0);
  const has = (kind: RecognizedModel['kind']) => models.some((model) => model.kind === kind);
  const [encoder, predictor] = [has('encoder'), has('predictor')];
  const is2 = models.every(({ version }) => version === 'V-JEPA 2');
  const uses: Readonly<Record<ModelUse, boolean>> = {
    features: encoder,
    prediction: encoder && predictor,
    classification: has('probe'),
    anticipation: has('anticipation probe'),
    evaluation: encoder,
    'hugging-face': encoder && predictor && is2,
  };
  return (Object.keys(uses) as ModelUse[]).filter((use) => uses[use]);
}

/** What models that are recognised cannot be used for, one sentence each. */
export function limitsOf(models: readonly RecognizedModel[]): string[] {
  return models.some(({ kind }) => kind === 'action predictor')
    ? ['the action-conditioned predictor is recognised and not computed; the encoder beside it is']
    : [];
}
