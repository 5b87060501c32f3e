import * as tf from '@tensorflow/tfjs-core';
import '@vjepa/test-kit/all-close';
import { toTensors } from '@vjepa/engine';
import { BACKENDS, useBackend } from '@vjepa/test-kit/backends';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  encodeVjepa2,
  encodeVjepa2Layers,
  encodeVjepa2Levels,
  type ParameterShapes,
  predictVjepa2,
  predictVjepa2WithContext,
  vjepa2EncoderConfig,
  vjepa2EncoderParameterShapes,
  vjepa2PredictorConfig,
  vjepa2PredictorParameterShapes,
  vjepa21EncoderConfig,
  vjepa21PredictorConfig,
} from './index.js';

const SIZES = { imageSize: 32, patchSize: 8, numFrames: 4, embedDim: 44, depth: 2, numHeads: 2 };
const V2 = vjepa2EncoderConfig('vit_tiny', { ...SIZES, mlpRatio: 48 / 11 });
const V21 = vjepa21EncoderConfig('vit_tiny', { ...SIZES, normLayers: [0, 1] });
const PREDICTOR_SIZES = { embedDim: 26, depth: 2, numHeads: 2, numMaskTokens: 3 };
const PREDICTOR = vjepa2PredictorConfig(V2, PREDICTOR_SIZES);
const FUSED = vjepa21PredictorConfig(V21, PREDICTOR_SIZES);
const DISTILLED = vjepa21PredictorConfig(V21, { ...PREDICTOR_SIZES, depth: 2, teacherDim: 36, rotarySide: null });

/** That of clips of more frames than the models' and another shape. */
const GRID = { depth: 3, height: 2, width: 5 };

/** Waves of rising frequency: element j of the k-th tensor in state dict order is a multiple of sin(0.0137 j^2 + 1.3 k). */
function parameters(shapes: ParameterShapes) {
  return toTensors(
    Object.fromEntries(
      [...shapes].map(([name, shape], k) => {
        const size = shape.reduce((product, length) => product * length, 1);
        const isNormWeight = shape.length === 1 && name.endsWith('.weight');
        const scale = shape.length > 1 && name.endsWith('.weight') ? 1.5 / Math.sqrt(size / shape[0]!) : 0.3;
        const wave = (j: number) => scale * Math.sin(0.0137 * j * j + 1.3 * k);
        return [name, { shape, data: Float32Array.from({ length: size }, (_, j) => wave(j) + (isNormWeight ? 1 : 0)) }];
      }),
    ),
  );
}

const sines = (shape: number[]) =>
  tf.tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, j) => Math.sin(0.05 * j)),
    shape,
  );
const ids = (rows: number[][]) => tf.tensor2d(rows, undefined, 'int32');
const theta = (config: typeof V2) => parameters(vjepa2EncoderParameterShapes(config));
const phi = (config: typeof PREDICTOR) => parameters(vjepa2PredictorParameterShapes(config));

const wide = () => sines([2, 3, 6, 16, 40]);
const image = () => sines([2, 3, 1, 16, 40]);
const seen = () =>
  ids([
    [7, 29, 0],
    [11, 3, 18],
  ]);
const wanted = () =>
  ids([
    [28, 1],
    [16, 2],
  ]);
const seenOfImage = () =>
  ids([
    [9, 0, 4],
    [2, 8, 1],
  ]);
const asked = (config: typeof PREDICTOR, options: object) =>
  [config, phi(config), sines([2, 3, config.levels * 44]), seen(), wanted(), { grid: GRID, ...options }] as const;

/** By what is computed: its first and last three values, and the mean of their magnitudes. */
const GOLDEN: [what: string, compute: () => tf.Tensor, values: number[]][] = [
  [
    "V-JEPA 2's features of a wide, long clip",
    () => encodeVjepa2(V2, theta(V2), wide()),
    [2.074066, -1.3332136, -1.2587222, -0.0458586, -0.1320785, 2.1286159, 0.7868909],
  ],
  [
    "V-JEPA 2's features of the tokens of a mask",
    () => encodeVjepa2(V2, theta(V2), wide(), { mask: seen() }),
    [-0.2154088, 0.2807346, -0.1705635, 0.5563954, 1.8593, -0.7742242, 0.81457],
  ],
  [
    'a layer of V-JEPA 2',
    () => encodeVjepa2Layers(V2, theta(V2), wide(), [0])[0]!,
    [3.0778036, -0.435288, -1.240352, 0.7085408, 0.0104949, 2.7442761, 0.8602485],
  ],
  [
    "V-JEPA 2.1's features of a wide, long clip",
    () => encodeVjepa2(V21, theta(V21), wide()),
    [-0.8072212, -0.9731436, 0.3347436, -1.8672057, 1.4339524, -1.2574868, 0.750326],
  ],
  [
    "V-JEPA 2.1's levels of the tokens of a mask",
    () => encodeVjepa2Levels(V21, theta(V21), wide(), { mask: seen() }),
    [2.045419, -2.5780638, 1.1487416, -0.9612597, 0.3750862, -0.7265072, 0.8395407],
  ],
  [
    "V-JEPA 2.1's levels of an image",
    () => encodeVjepa2Levels(V21, theta(V21), image(), { mask: seenOfImage() }),
    [2.4044736, 0.5648058, 0.4997222, 1.0429954, -1.3353039, -1.3847961, 0.8002968],
  ],
  [
    "V-JEPA 2's prediction",
    () => predictVjepa2(...asked(PREDICTOR, { maskIndex: 5 })),
    [0.7853558, 1.2983265, -2.1271728, -1.2247977, -1.545161, -1.1676611, 0.9725032],
  ],
  [
    "V-JEPA 2's prediction on the square grid of its clips",
    () => predictVjepa2(...asked(PREDICTOR, { grid: undefined })),
    [1.0533171, -0.6187381, -2.3604692, -0.4622818, 1.6308806, -0.4319988, 0.9878403],
  ],
  [
    "V-JEPA 2.1's prediction from its levels",
    () => predictVjepa2WithContext(...asked(FUSED, {})).target,
    [0.2834013, 0.4001934, 0.128551, -0.1639801, 0.6573266, -0.0904344, 0.7751158],
  ],
  [
    "V-JEPA 2.1's prediction of the context",
    () => predictVjepa2WithContext(...asked(FUSED, {})).context,
    [-0.2106879, -0.3357213, -0.4831457, 0.8078068, -0.5506551, -0.2243859, 0.7960171],
  ],
  [
    "V-JEPA 2.1's prediction of an image",
    () => predictVjepa2(...asked(FUSED, { modality: 'image', maskIndex: 0 })),
    [1.2227701, 0.8098887, 0.5674673, -0.4822174, 0.622334, -0.7048686, 0.8334579],
  ],
  [
    'the prediction for a teacher, positions as they are',
    () => predictVjepa2WithContext(...asked(DISTILLED, {})).context,
    [-1.9904506, 0.4371549, -1.1561072, -1.5439283, -0.8509378, -0.7847657, 0.9094867],
  ],
];

// Expected values: the formulas of the papers and of the reference, in float64 in another framework on the same weights.
describe.each(BACKENDS)('the golden models of V-JEPA 2 and 2.1 on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each(GOLDEN)('compute %s', (_, compute, expected) => {
    tf.tidy(() => {
      const y = compute();
      const [values, size] = [y.dataSync<'float32'>(), y.size];
      const magnitude = values.reduce((sum, value) => sum + Math.abs(value), 0) / size;
      expect([...values.slice(0, 3), ...values.slice(-3), magnitude]).toBeAllClose(expected, { atol: 2e-5 });
    });
  });
});
