import type { BenchmarkName } from './protocols.js';

/** A number from a paper or from a reference's README. */
export interface PublishedResult {
  model: string;
  /** Side of the square input in pixels; undefined where the source does not say. */
  resolution?: number | undefined;
  benchmark: BenchmarkName;
  setting:
    | 'frozen'
    | 'frozen, two-layer probe'
    | 'frozen, V-JEPA 2 protocol'
    | 'fine-tuned'
    | 'low-shot 5 %'
    | 'low-shot 10 %'
    | 'low-shot 50 %';
  /** Top-1 in percent, mAP for AVA. */
  value: number;
  /** Standard deviation over three splits, for low-shot. */
  deviation?: number | undefined;
}

const COLUMNS = [
  'kinetics-400',
  'something-something-v2',
  'ava-2.2',
  'imagenet-1k',
  'places205',
  'inaturalist-2021',
] as const satisfies readonly BenchmarkName[];

/** Frozen attentive probes (main table; tables 5 and 6), columns as above; AVA mAP, the rest top-1. */
const FROZEN: readonly (readonly [model: string, resolution: number | undefined, ...values: number[]])[] = [
  ['V-JEPA ViT-L/16', 224, 80.8, 69.5, 25.6, 74.8, 60.3, 67.8],
  ['V-JEPA ViT-H/16', 224, 82.0, 71.4, 25.8, 75.9, 61.7, 67.9],
  ['V-JEPA ViT-H/16', 384, 81.9, 72.2, 25.0, 77.4, 62.8, 72.6],
  ['OmniMAE ViT-L/16', undefined, 65.6, 60.6, 14.4, 75.1, 59.8, 66.1],
  ['VideoMAE ViT-L/16', undefined, 77.8, 65.5, 21.6, 71.1, 59.3, 64.6],
  ['Hiera-L', undefined, 75.5, 64.2, 15.8, 68.9, 58.5, 56.9],
  ['I-JEPA ViT-H/16', 512, 79.7, 50.0, 19.8, 84.4, 66.5, 85.7],
  ['OpenCLIP ViT-G/14', undefined, 81.8, 34.8, 23.2, 85.3, 70.2, 83.6],
  ['DINOv2 ViT-g/14', undefined, 83.4, 50.6, 24.3, 86.2, 68.4, 88.8],
  ['MVD ViT-L/16', undefined, 79.4, 66.5, 19.7, 73.3, 59.4, 65.7],
  ['OmniMAE ViT-H/16', undefined, 71.4, 65.4, 16.0, 76.3, 60.6, 72.4],
  ['VideoMAE ViT-H/16', undefined, 79.8, 66.2, 20.7, 72.3, 59.1, 65.5],
  ['VideoMAEv2 ViT-g/14', undefined, 71.2, 61.2, 12.9, 71.4, 60.6, 68.3],
  ['Hiera-H', undefined, 77.0, 64.7, 17.5, 71.4, 59.5, 61.7],
];

/** Mean and deviation over three splits of 5, 10 and 50 % of Kinetics-400, then of Something-Something v2. */
const LOW_SHOT: readonly (readonly [model: string, resolution: number | undefined, ...values: number[]])[] = [
  ['MVD ViT-L/16', undefined, 62.6, 0.2, 68.3, 0.2, 77.2, 0.3, 42.9, 0.8, 49.5, 0.6, 61.0, 0.2],
  ['VideoMAE ViT-H/16', undefined, 62.3, 0.3, 68.5, 0.2, 78.2, 0.1, 41.4, 0.8, 48.1, 0.2, 60.5, 0.4],
  ['VideoMAEv2 ViT-g/14', undefined, 37.0, 0.3, 48.8, 0.4, 67.8, 0.1, 28.0, 1.0, 37.3, 0.3, 54.0, 0.3],
  ['V-JEPA ViT-H/16', 224, 67.0, 0.2, 72.1, 0.1, 80.2, 0.2, 51.9, 0.3, 57.5, 0.4, 67.3, 0.2],
  ['V-JEPA ViT-H/16', 384, 68.2, 0.2, 72.8, 0.2, 80.6, 0.2, 54.0, 0.2, 59.3, 0.5, 67.9, 0.2],
];

/** Kinetics-400 (5 clips × 3 crops) and Something-Something v2 (2 × 3). */
const FINE_TUNED: readonly (readonly [model: string, resolution: number | undefined, ...values: number[]])[] = [
  ['V-JEPA ViT-L/16', 224, 85.6, 75.1],
  ['V-JEPA ViT-H/16', 224, 86.6, 77.0],
  ['OmniMAE ViT-L/16', undefined, 84.0, 74.2],
  ['VideoMAE ViT-L/16', undefined, 85.4, 74.3],
  ['VideoMAE ViT-H/16', undefined, 86.6, 74.8],
  ['VideoMAEv2 ViT-H/16', undefined, 86.9, 76.8],
  ['Hiera-L', undefined, 87.3, 75.1],
  ['MVD ViT-L/16', undefined, 86.4, 76.7],
  ['MVD ViT-H/16', undefined, 87.2, 77.3],
];

/**
 * V-JEPA 2's protocol: four attentive blocks, the best of many heads (V-JEPA 2, tables 4 and 5; V-JEPA 2.1's main table).
 * Top-1 on the sets that each paper has.
 */
const VJEPA2_FROZEN = (): readonly (readonly [
  model: string,
  resolution: number | undefined,
  values: Partial<Record<BenchmarkName, number>>,
])[] => [
  ['V-JEPA 2 ViT-L/16', 256, six(73.7, 89.0, 97.6, 85.1, 86.8, 83.5)],
  ['V-JEPA 2 ViT-H/16', 256, six(74.0, 89.8, 97.7, 85.3, 87.9, 83.8)],
  ['V-JEPA 2 ViT-g/16', 256, six(75.3, 90.1, 97.7, 86.6, 90.7, 84.6)],
  ['V-JEPA 2 ViT-g/16', 384, six(77.3, 90.2, 97.8, 87.3, 91.1, 85.1)],
  [
    'V-JEPA ViT-H/16',
    undefined,
    { 'something-something-v2': 74.3, diving48: 87.9, 'kinetics-400': 84.5, 'imagenet-1k': 80.0 },
  ],
  [
    'V-JEPA 2.1 ViT-g/16',
    384,
    { 'something-something-v2': 76.9, diving48: 89.0, 'kinetics-400': 87.0, 'imagenet-1k': 84.8 },
  ],
  [
    'V-JEPA 2.1 ViT-G/16',
    384,
    { 'something-something-v2': 77.7, diving48: 89.2, 'kinetics-400': 87.7, 'imagenet-1k': 85.5 },
  ],
];

/** The columns of V-JEPA 2's table. */
function six(ssv2: number, diving48: number, jester: number, k400: number, coin: number, in1k: number) {
  return { 'something-something-v2': ssv2, diving48, jester, 'kinetics-400': k400, coin, 'imagenet-1k': in1k };
}

const LOW_SHOT_COLUMNS = (['kinetics-400', 'something-something-v2'] as const).flatMap((benchmark) =>
  (['low-shot 5 %', 'low-shot 10 %', 'low-shot 50 %'] as const).map((setting) => ({ benchmark, setting })),
);

/** Results printed by the papers (V-JEPA, Bardes et al. 2024; V-JEPA 2, Assran et al. 2025; V-JEPA 2.1) and the references' READMEs. */
export const PUBLISHED_RESULTS: readonly PublishedResult[] = /* @__PURE__ */ collectResults();

function collectResults(): PublishedResult[] {
  const results = (table: typeof FROZEN, setting: PublishedResult['setting']) =>
    table.flatMap(([model, resolution, ...values]) =>
      values.map((value, column): PublishedResult => {
        return { model, resolution, benchmark: COLUMNS[column]!, setting, value };
      }),
    );
  const lowShot = LOW_SHOT.flatMap(([model, resolution, ...values]) =>
    LOW_SHOT_COLUMNS.map(
      (column, place): PublishedResult => ({
        model,
        resolution,
        ...column,
        value: values[2 * place]!,
        deviation: values[2 * place + 1]!,
      }),
    ),
  );
  const twoLayers: PublishedResult = {
    model: 'V-JEPA ViT-H/16',
    resolution: 384,
    benchmark: 'imagenet-1k',
    setting: 'frozen, two-layer probe',
    value: 77.9,
  };
  const vjepa2 = VJEPA2_FROZEN().flatMap(([model, resolution, values]) =>
    Object.entries(values).map(
      ([benchmark, value]): PublishedResult => ({
        ...{ model, resolution, value, setting: 'frozen, V-JEPA 2 protocol' },
        benchmark: benchmark as BenchmarkName,
      }),
    ),
  );
  return [...results(FROZEN, 'frozen'), twoLayers, ...vjepa2, ...results(FINE_TUNED, 'fine-tuned'), ...lowShot];
}

/** The published numbers of a benchmark: frozen, fine-tuned, low-shot. */
export function publishedResults(benchmark: BenchmarkName): PublishedResult[] {
  return PUBLISHED_RESULTS.filter((result) => result.benchmark === benchmark);
}
