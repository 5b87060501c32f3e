import { DataType } from '@vjepa/trace';
import { isFloat } from '../element-type.js';
import type { HloWriter } from '../hlo-writer.js';
import type { Tensor } from '../tensor.js';
import { resultType, type Translation, type Translations } from '../translation.js';

const unary =
  (op: string): Translation =>
  ([x], _node, { hlo }) =>
    hlo.unary(op, x!);

const chlo =
  (op: string): Translation =>
  ([x], _node, { hlo }) =>
    hlo.chlo(op, x!);

const composed =
  (compose: (x: Tensor, hlo: HloWriter) => Tensor): Translation =>
  ([x], _node, { hlo }) =>
    compose(x!, hlo);

/** On pairs, after NumPy's broadcasting. */
const paired =
  (compose: (a: Tensor, b: Tensor, hlo: HloWriter) => Tensor): Translation =>
  ([a, b], node, { hlo }) => {
    const { shape } = resultType(node);
    return compose(hlo.broadcastTo(a!, shape), hlo.broadcastTo(b!, shape), hlo);
  };

const binary = (op: string) => paired((a, b, hlo) => hlo.binary(op, a, b));

const compared = (direction: 'EQ' | 'NE' | 'LT' | 'LE' | 'GT' | 'GE') =>
  paired((a, b, hlo) => hlo.compare(direction, a, b));

const full = (value: number) => composed((x, hlo) => hlo.full(value, x));

const isAbove = (x: Tensor, bound: number, hlo: HloWriter) => hlo.compare('GT', x, hlo.full(bound, x));

const expm1 = (x: Tensor, hlo: HloWriter) => hlo.unary('exponential_minus_one', x);

const relu = (x: Tensor, hlo: HloWriter) => hlo.binary('maximum', x, hlo.full(0, x));

/** Of selu; Klambauer et al. 2017. */
const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/** x (or another tensor) above 0, something else elsewhere. */
function aboveZero(x: Tensor, above: Tensor, elsewhere: Tensor, hlo: HloWriter): Tensor {
  return hlo.select(isAbove(x, 0, hlo), above, elsewhere);
}

/** log(1 + exp(x)), however large x is. */
function softplus(x: Tensor, hlo: HloWriter): Tensor {
  const small = hlo.unary('exponential', hlo.unary('negate', hlo.unary('abs', x)));
  return hlo.add(hlo.unary('log_plus_one', small), relu(x, hlo));
}

/** x less the greatest along the last axis. */
function belowGreatest(x: Tensor, hlo: HloWriter): Tensor {
  const axes = x.shape.slice(0, -1).map((_, axis) => axis);
  return hlo.subtract(x, hlo.broadcast(hlo.reduce('maximum', x, [axes.length]), x.shape, axes));
}

function sumOfLast(x: Tensor, hlo: HloWriter): Tensor {
  const axes = x.shape.slice(0, -1).map((_, axis) => axis);
  return hlo.broadcast(hlo.reduce('add', x, [axes.length]), x.shape, axes);
}

function softmax(x: Tensor, hlo: HloWriter): Tensor {
  const exponentials = hlo.unary('exponential', belowGreatest(x, hlo));
  return hlo.divide(exponentials, sumOfLast(exponentials, hlo));
}

function logSoftmax(x: Tensor, hlo: HloWriter): Tensor {
  const shifted = belowGreatest(x, hlo);
  return hlo.subtract(shifted, hlo.unary('log', sumOfLast(hlo.unary('exponential', shifted), hlo)));
}

/** The remainder that has the sign of b. */
function floorMod(a: Tensor, b: Tensor, hlo: HloWriter): Tensor {
  const rest = hlo.binary('remainder', a, b);
  const zero = hlo.full(0, rest);
  const otherSign = hlo.compare('NE', hlo.compare('LT', rest, zero), hlo.compare('LT', b, zero));
  const wrong = hlo.binary('and', hlo.compare('NE', rest, zero), otherSign);
  return hlo.select(wrong, hlo.add(rest, b), rest);
}

function floorDivide(a: Tensor, b: Tensor, hlo: HloWriter): Tensor {
  if (isFloat(a.dtype)) return hlo.unary('floor', hlo.divide(a, b));
  return hlo.divide(hlo.subtract(a, floorMod(a, b, hlo)), b);
}

/** Operations on each element, or on pairs of elements. */
export const ELEMENTWISE: Translations = {
  Abs: unary('abs'),
  Acos: chlo('acos'),
  Acosh: chlo('acosh'),
  Asin: chlo('asin'),
  Asinh: chlo('asinh'),
  Atan: chlo('atan'),
  Atanh: chlo('atanh'),
  Ceil: unary('ceil'),
  Cos: unary('cosine'),
  Cosh: chlo('cosh'),
  Elu: composed((x, hlo) => aboveZero(x, x, expm1(x, hlo), hlo)),
  Erf: chlo('erf'),
  Erfc: chlo('erfc'),
  Exp: unary('exponential'),
  Expm1: unary('exponential_minus_one'),
  Floor: unary('floor'),
  Identity: ([x]) => x!,
  IsFinite: composed((x, hlo) => hlo.isFinite(x)),
  IsInf: composed((x, hlo) => hlo.compare('EQ', hlo.unary('abs', x), hlo.full(Number.POSITIVE_INFINITY, x))),
  IsNan: composed((x, hlo) => hlo.compare('NE', x, x)),
  LeakyRelu: ([x], { attributes }, { hlo }) => aboveZero(x!, x!, hlo.scale(x!, attributes.alpha!.value as number), hlo),
  Log: unary('log'),
  Log1p: unary('log_plus_one'),
  LogicalNot: unary('not'),
  LogSoftmax: composed(logSoftmax),
  Neg: unary('negate'),
  OnesLike: full(1),
  Reciprocal: composed((x, hlo) => hlo.divide(hlo.full(1, x), x)),
  Relu: composed(relu),
  Relu6: composed((x, hlo) => hlo.binary('minimum', relu(x, hlo), hlo.full(6, x))),
  Round: unary('round_nearest_even'),
  Rsqrt: unary('rsqrt'),
  Selu: composed((x, hlo) => hlo.scale(aboveZero(x, x, hlo.scale(expm1(x, hlo), SELU_ALPHA), hlo), SELU_SCALE)),
  Sigmoid: unary('logistic'),
  Sign: unary('sign'),
  Sin: unary('sine'),
  Sinh: chlo('sinh'),
  Softmax: composed(softmax),
  Softplus: composed(softplus),
  Sqrt: unary('sqrt'),
  Square: composed((x, hlo) => hlo.multiply(x, x)),
  Tan: composed((x, hlo) => hlo.divide(hlo.unary('sine', x), hlo.unary('cosine', x))),
  Tanh: unary('tanh'),
  ZerosLike: full(0),

  Add: binary('add'),
  AddV2: binary('add'),
  Atan2: binary('atan2'),
  BitwiseAnd: binary('and'),
  Div: binary('divide'),
  DivNoNan: paired((a, b, hlo) => {
    const zero = hlo.full(0, b);
    return hlo.select(hlo.compare('EQ', b, zero), zero, hlo.divide(a, b));
  }),
  // The gradient of elu by its result.
  EluGrad: ([dy, y], _node, { hlo }) =>
    hlo.select(hlo.compare('LT', y!, hlo.full(0, y!)), hlo.multiply(dy!, hlo.add(y!, hlo.full(1, y!))), dy!),
  FloorDiv: paired(floorDivide),
  FloorMod: paired(floorMod),
  LogicalAnd: binary('and'),
  LogicalOr: binary('or'),
  Maximum: binary('maximum'),
  Minimum: binary('minimum'),
  Mul: binary('multiply'),
  Pow: binary('power'),
  RealDiv: binary('divide'),
  SquaredDifference: paired((a, b, hlo) => {
    const difference = hlo.subtract(a, b);
    return hlo.multiply(difference, difference);
  }),
  Sub: binary('subtract'),

  Equal: compared('EQ'),
  NotEqual: compared('NE'),
  Less: compared('LT'),
  LessEqual: compared('LE'),
  Greater: compared('GT'),
  GreaterEqual: compared('GE'),

  Cast: ([x], node, { hlo }) => {
    const { dtype } = resultType(node);
    const real = x!.dtype === DataType.COMPLEX64 && dtype !== x!.dtype ? hlo.realOf('real', x!) : x!;
    if (dtype === DataType.BOOL) return hlo.compare('NE', real, hlo.full(0, real));
    return hlo.convert(real, dtype);
  },
  // The condition may be a vector over the first axis.
  Select: ([condition, x, y], _node, { hlo }) =>
    hlo.select(
      hlo.broadcast(
        condition!,
        x!.shape,
        condition!.shape.map((_, axis) => axis),
      ),
      x!,
      y!,
    ),
  SelectV2: ([condition, x, y], node, { hlo }) => {
    const { shape } = resultType(node);
    return hlo.select(hlo.broadcastTo(condition!, shape), hlo.broadcastTo(x!, shape), hlo.broadcastTo(y!, shape));
  },
};
