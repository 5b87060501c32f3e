import { DataType } from '../data-type.js';
import type { Value } from '../node.js';
import type { FusedKernel, LoweringContext } from './fused-kernel.js';
import { beforeWidening, type GraphWriter } from './graph-writer.js';

/** (x - mean) / sqrt(variance + epsilon) * weight + bias over the last axis. */
export const layerNorm: FusedKernel = {
  name: 'VjepaLayerNorm',
  inputs: ['x', 'weight', 'bias'],
  results: ([x]) => [x!],
  lower([x, weight, bias], { epsilon }, context) {
    const { writer } = context;
    const rows = writer.asRows(x!);
    return [writer.reshape(normalized(rows, weight!, bias!, epsilon!, context), x!.shape)];
  },
};

/**
 * With g = dy * weight and xhat the normalised x: dx = (g - mean(g) - xhat * mean(g * xhat)) / deviation. On a CPU the
 * means over features and the sums over tokens are products with vectors: one pass each, and no product is written that
 * is read only once. XLA fuses plain means and sums with what they are of.
 */
export const layerNormGrad: FusedKernel = {
  name: 'VjepaLayerNormGrad',
  inputs: ['x', 'weight', 'dy'],
  results: ([x, weight]) => [x!, weight!, weight!],
  lower([x, weight, dy], { epsilon }, context) {
    const { writer: w } = context;
    const rows = w.asRows(w.notBefore(x!, dy!));
    const gradient = w.asRows(dy!);
    const width = weight!.shape[0] as number;
    const { xhat, inverseDeviation } = standardized(rows, epsilon!, w);
    const meanWeight = w.reshape(w.scale(weight!, 1 / width), [width, 1]);
    const weightedMean = (rows: Value) =>
      context.xla ? w.reduce('Mean', w.mul(rows, weight!), [1], { keepDims: true }) : w.matMul(rows, meanWeight);
    const product = w.mul(gradient, xhat);
    const meanGradient = weightedMean(gradient);
    const meanProduct = weightedMean(product);
    const centered = w.sub(w.sub(w.mul(gradient, weight!), w.mul(xhat, meanProduct)), meanGradient);
    return [
      w.reshape(w.mul(centered, inverseDeviation), x!.shape),
      sumRows(product, context),
      sumRows(gradient, context),
    ];
  },
};

function normalized(x: Value, weight: Value, bias: Value, epsilon: number, context: LoweringContext): Value {
  const { writer: w } = context;
  if (context.hasKernel('_MklLayerNorm', DataType.FLOAT)) {
    const attributes = {
      T: { kind: 'type', value: DataType.FLOAT },
      epsilon: { kind: 'float', value: epsilon },
    } as const;
    return w.write('_MklLayerNorm', attributes, [x, weight, bias], [x])[0]!;
  }
  const { xhat } = standardized(x, epsilon, w);
  return w.add(w.mul(xhat, weight), bias);
}

function standardized(x: Value, epsilon: number, w: GraphWriter) {
  const mean = w.reduce('Mean', x, [1], { keepDims: true });
  const variance = w.reduce('Mean', w.binary('SquaredDifference', x, mean), [1], { keepDims: true });
  const inverseDeviation = w.unary('Rsqrt', w.add(variance, w.scalar(epsilon)));
  return { xhat: w.mul(w.sub(x, mean), inverseDeviation), inverseDeviation };
}

/** [M, D] → [D]. What is held in bfloat16 is added up from that, in float32, where the device multiplies it so. */
export function sumRows(x: Value, { writer: w, nativeBfloat16, xla }: LoweringContext): Value {
  if (xla) return w.reduce('Sum', x, [0]);
  const [rows, width] = x.shape;
  const operand = (nativeBfloat16 && beforeWidening(x)) || x;
  const { dtype } = operand;
  const attributes = { T: { kind: 'type', value: dtype } } as const;
  const ones = w.write(
    'Fill',
    attributes,
    [w.sizes([1, rows!]), w.scalar(1, dtype)],
    [{ dtype, shape: [1, rows!] }],
  )[0]!;
  return w.cast(w.reshape(w.matMul(ones, w.reshape(operand, [rows!, width!])), [width!]), x.dtype);
}
