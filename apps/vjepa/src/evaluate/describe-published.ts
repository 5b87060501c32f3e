import { benchmarkTitle, type PublishedResult, publishedResults } from '@vjepa/benchmarks';
import type { EvaluationPlan, TrainingOutcome } from '@vjepa/evaluation';
import { encoderNameOf } from '@vjepa/vit';

/** The encoders that the paper has numbers for, as it writes them. */
const MODELS: Readonly<Record<string, string>> = { vit_large: 'V-JEPA ViT-L/16', vit_huge: 'V-JEPA ViT-H/16' };

/**
 * A line for each number that the paper has for this encoder on this data set, trained with as many labels; none where
 * the data are in no benchmark's layout, or the paper has none.
 */
export function describePublished({ data, encoder, probe }: PublishedPlan, outcomes: readonly Draw[]): string[] {
  const model = MODELS[encoderNameOf(encoder) ?? ''];
  if (data.layout === undefined || model === undefined || probe.kind === 'average') return [];
  const settings = new Set(outcomes.map(({ lowShot }) => settingOf(lowShot, probe.depth)));
  return publishedResults(data.layout)
    .filter((result) => result.model === model && result.resolution === encoder.imageSize)
    .filter(({ setting }) => settings.has(setting))
    .map((result) => `the paper: ${describe(result)}`);
}

type Draw = Pick<TrainingOutcome, 'lowShot'>;
type PublishedPlan = Pick<EvaluationPlan, 'data' | 'encoder' | 'probe'>;

function settingOf(lowShot: Draw['lowShot'], depth: number): string {
  if (lowShot !== null) return `low-shot ${Number((100 * lowShot.fraction).toPrecision(3))} %`;
  return depth === 2 ? 'frozen, two-layer probe' : 'frozen';
}

function describe({ model, resolution, benchmark, setting, value, deviation }: PublishedResult): string {
  const number = deviation === undefined ? value.toFixed(1) : `${value.toFixed(1)} ± ${deviation.toFixed(1)}`;
  return `${model} at ${resolution} on ${benchmarkTitle(benchmark)}, ${setting}: top-1 ${number}`;
}
