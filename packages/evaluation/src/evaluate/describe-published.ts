import {
  ANTICIPATION_PROTOCOL,
  benchmarkTitle,
  type PublishedResult,
  publishedAnticipation,
  publishedResults,
} from '@vjepa/benchmarks';
import type { AttentiveProbeConfig } from '@vjepa/probe';
import { clipEncoderNameOf } from '@vjepa/vit';
import type { AnticipationPlan } from '../anticipation/anticipation-plan.js';
import type { TrainingOutcome } from './evaluation-outcome.js';
import type { EvaluationPlan } from './evaluation-plan.js';

/** The encoders that the papers have numbers for, as they write them. */
const MODELS: Readonly<Record<string, string>> = {
  vit_large: 'V-JEPA ViT-L/16',
  vit_huge: 'V-JEPA ViT-H/16',
  vjepa2_vit_large: 'V-JEPA 2 ViT-L/16',
  vjepa2_vit_huge: 'V-JEPA 2 ViT-H/16',
  vjepa2_vit_giant_xformers: 'V-JEPA 2 ViT-g/16',
  vjepa2_1_vit_giant_xformers: 'V-JEPA 2.1 ViT-g/16',
  vjepa2_1_vit_gigantic_xformers: 'V-JEPA 2.1 ViT-G/16',
};

/**
 * A line for each number that a paper has for this encoder on this data set, trained with as many labels; none where
 * the data are in no benchmark's layout, or no paper has one.
 */
export function describePublished({ data, encoder, probe }: PublishedPlan, outcomes: readonly Draw[]): string[] {
  const model = MODELS[clipEncoderNameOf(encoder) ?? ''];
  if (data.layout === undefined || model === undefined || probe.kind === 'average') return [];
  const settings = new Set(outcomes.map(({ lowShot }) => settingOf(lowShot, probe)));
  return publishedResults(data.layout)
    .filter((result) => result.model === model && (result.resolution ?? encoder.imageSize) === encoder.imageSize)
    .filter(({ setting }) => settings.has(setting))
    .map((result) => `the paper: ${describe(result)}`);
}

type Draw = Pick<TrainingOutcome, 'lowShot'>;
type PublishedPlan = Pick<EvaluationPlan, 'data' | 'encoder' | 'probe'>;

/** The same of an anticipation, for the features that its probe sees. */
export function describePublishedRecall({
  encoder,
  features,
}: Pick<AnticipationPlan, 'encoder' | 'features'>): string[] {
  const published = publishedAnticipation(MODELS[clipEncoderNameOf(encoder) ?? ''] ?? '', encoder.imageSize);
  return published
    .filter((result) => result.features === features)
    .map(({ model, resolution, verb, noun, action }) => {
      const numbers = Object.entries({ verb, noun, action }).flatMap(([task, value]) =>
        value ? `${task} ${value.toFixed(1)}` : [],
      );
      return `the paper: ${model} at ${resolution} on ${ANTICIPATION_PROTOCOL.title}, ${features}: ${numbers.join(', ')}`;
    });
}

function settingOf(lowShot: Draw['lowShot'], { depth, selfAttention }: AttentiveProbeConfig): string {
  if (selfAttention === 'before') return lowShot === null && depth === 4 ? 'frozen, V-JEPA 2 protocol' : '';
  if (lowShot !== null) return `low-shot ${Number((100 * lowShot.fraction).toPrecision(3))} %`;
  return depth === 2 ? 'frozen, two-layer probe' : 'frozen';
}

function describe({ model, resolution, benchmark, setting, value, deviation }: PublishedResult): string {
  const number = deviation === undefined ? value.toFixed(1) : `${value.toFixed(1)} ± ${deviation.toFixed(1)}`;
  const at = resolution === undefined ? '' : ` at ${resolution}`;
  return `${model}${at} on ${benchmarkTitle(benchmark)}, ${setting}: top-1 ${number}`;
}
