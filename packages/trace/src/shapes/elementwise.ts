import { DataType } from '../data-type.js';
import { broadcast, commonType, each, type Rule, type Rules, result, shapeOf } from './rule.js';

/** As many elements of the same type. */
const same: Rule = ([x]) => result(x!.dtype, shapeOf(x!));

const sameShape =
  (dtype: number): Rule =>
  ([x]) =>
    result(dtype, shapeOf(x!));

const pairwise =
  (dtype?: number): Rule =>
  ([a, b]) => {
    const common = commonType([a!, b!]);
    return result(dtype ?? common, broadcast(shapeOf(a!), shapeOf(b!)));
  };

/** Operations on each element, or on pairs of elements with NumPy's broadcasting. */
export const ELEMENTWISE: Rules = {
  ...each(
    [
      ...['Abs', 'Acos', 'Acosh', 'Asin', 'Asinh', 'Atan', 'Atanh', 'Ceil', 'Cos', 'Cosh', 'Elu', 'Erf', 'Erfc', 'Exp'],
      ...['Expm1', 'Floor', 'Identity', 'LeakyRelu', 'Log', 'Log1p', 'LogSoftmax', 'Neg', 'OnesLike', 'Reciprocal'],
      ...['Relu', 'Relu6', 'Round', 'Rsqrt', 'Selu', 'Sigmoid', 'Sign', 'Sin', 'Sinh', 'Softmax', 'Softplus', 'Sqrt'],
      ...['Square', 'Tan', 'Tanh', 'ZerosLike', 'LogicalNot', 'EluGrad', 'FFT', 'IFFT'],
    ],
    same,
  ),
  ...each(['IsFinite', 'IsInf', 'IsNan'], sameShape(DataType.BOOL)),
  ...each(
    [
      ...['Add', 'AddV2', 'Sub', 'Mul', 'RealDiv', 'Div', 'FloorDiv', 'FloorMod', 'DivNoNan', 'Maximum', 'Minimum'],
      ...['Pow', 'SquaredDifference', 'Atan2', 'BitwiseAnd', 'LogicalAnd', 'LogicalOr'],
    ],
    pairwise(),
  ),
  ...each(['Equal', 'NotEqual', 'Less', 'LessEqual', 'Greater', 'GreaterEqual'], pairwise(DataType.BOOL)),
  Complex: ([real]) => result(DataType.COMPLEX64, shapeOf(real!)),
  ...each(['Real', 'Imag', 'ComplexAbs'], sameShape(DataType.FLOAT)),
  Cast: ([x], attributes) => result(attributes.DstT!.value as number, shapeOf(x!)),
  // The condition is of the operands' shape, or a vector over their first axis.
  Select: ([condition, x, y]) => {
    const [chosen, a, b] = [shapeOf(condition!), shapeOf(x!), shapeOf(y!)];
    if (String(a) !== String(b)) throw new Error(`what is chosen from has shapes [${a}] and [${b}]`);
    const fits = String(chosen) === String(a) || chosen.length === 0 || (chosen.length === 1 && chosen[0] === a[0]);
    if (!fits) throw new Error(`a condition of shape [${chosen}] does not choose from [${a}]`);
    return result(x!.dtype, a);
  },
  SelectV2: ([condition, x, y]) =>
    result(x!.dtype, broadcast(shapeOf(condition!), broadcast(shapeOf(x!), shapeOf(y!)))),
};
