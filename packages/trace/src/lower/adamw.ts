import { DataType } from '../data-type.js';
import type { Node, Value } from '../node.js';
import type { FusedKernel, LoweringContext } from './fused-kernel.js';
import type { GraphWriter } from './graph-writer.js';
import { readVariable, stateName, variableHandle } from './in-place.js';

/**
 * AdamW: p ← p (1 - lr wd), then Adam's update of what is left.
 *
 * TensorFlow's fused Adam divides by sqrt(v) + epsilon where AdamW divides by sqrt(v / (1 - beta2^t)) + epsilon; with
 * epsilon scaled by sqrt(1 - beta2^t) the two are the same. It corrects the bias by 1 - beta^t from beta^t, which loses
 * digits at small t; it gets beta^t = 0 and a learning rate that is corrected already.
 *
 * Where the parameter and its moments are state that the function replaces by the result, all three change in place.
 */
export const adamW: FusedKernel = {
  name: 'VjepaAdamW',
  inputs: ['parameter', 'gradient', 'expAvg', 'expAvgSq', 'learningRate', 'weightDecay', 'step'],
  results: ([parameter]) => [parameter!, parameter!, parameter!],
  lower(inputs, attributes, context, traced) {
    const names = statesReplaced(traced, context);
    return names ? inPlace(inputs, attributes, names, context) : composed(inputs, attributes, context);
  },
};

/** The names of parameter, first and second moment, if they are state and the results take their places. */
function statesReplaced(
  { inputs, outputs }: { inputs: readonly Value[]; outputs: readonly Value[] },
  context: LoweringContext,
) {
  const slots = [inputs[0]!, inputs[2]!, inputs[3]!];
  const names = slots.map(stateName);
  const replaced = names.every((name, i) => name !== undefined && context.newState.get(name) === outputs[i]);
  return replaced ? (names as string[]) : undefined;
}

function inPlace(
  [parameter, gradient, , , learningRate, weightDecay, step]: readonly Value[],
  { beta1, beta2, epsilon }: Record<string, number>,
  names: readonly string[],
  context: LoweringContext,
): readonly Value[] {
  const { writer: w } = context;
  const handles = names.map((name) => variableHandle(name, w));
  const secondCorrection = w.unary('Sqrt', biasCorrection(beta2!, step!, w));
  const rate = w.div(w.mul(learningRate!, secondCorrection), biasCorrection(beta1!, step!, w));
  const before: Node[] = [parameter!.node];
  if (!isZero(weightDecay!)) {
    before.push(shrink(handles[0]!, [parameter!, gradient!], w.mul(learningRate!, weightDecay!), before, context));
  }
  const betas = [w.scalar(beta1!), w.scalar(beta2!)];
  const scalars = [w.scalar(0), w.scalar(0), rate, ...betas, w.scale(secondCorrection, epsilon!)];
  const apply = w.effect('ResourceApplyAdam', FLOATS, [...handles, ...scalars, gradient!], [], before);
  return handles.map((handle) => readVariable(handle, parameter!, [apply], w));
}

const PROXIMAL_STEP = 'ResourceApplyProximalGradientDescent';
const FLOATS = { T: { kind: 'type', value: DataType.FLOAT } } as const;

/** Too small for its product with a gradient to change a parameter, large enough for its inverse to be finite. */
const NOTHING = 1e-30;

/**
 * p ← p (1 - rate), in place and in one pass. The operation is a proximal gradient step,
 * p ← (p - alpha gradient) / (1 + alpha l2), with an alpha that leaves only the division.
 */
function shrink(
  handle: Value,
  [parameter, gradient]: readonly [Value, Value],
  rate: Value,
  before: readonly Node[],
  { writer: w, hasKernel }: LoweringContext,
): Node {
  // On GPUs: p ← p - rate p. Elsewhere it would copy p first, which is being read.
  if (!hasKernel(PROXIMAL_STEP, DataType.FLOAT)) {
    return w.effect('ResourceApplyGradientDescent', FLOATS, [handle, rate, parameter], [], before);
  }
  const inverse = w.div(rate, w.sub(w.scalar(1), rate)); // 1 / (1 + inverse) = 1 - rate
  const scalars = [w.scalar(NOTHING), w.scalar(0), w.scale(inverse, 1 / NOTHING)];
  return w.effect(PROXIMAL_STEP, FLOATS, [handle, ...scalars, gradient], [], before);
}

function composed(
  [parameter, gradient, expAvg, expAvgSq, learningRate, weightDecay, step]: readonly Value[],
  { beta1, beta2, epsilon }: Record<string, number>,
  { writer: w }: LoweringContext,
): readonly Value[] {
  const moment = (old: Value, value: Value, beta: number) => w.add(w.scale(old, beta), w.scale(value, 1 - beta));
  const m = moment(expAvg!, gradient!, beta1!);
  const v = moment(expAvgSq!, w.unary('Square', gradient!), beta2!);
  const deviation = w.div(w.unary('Sqrt', v), w.unary('Sqrt', biasCorrection(beta2!, step!, w)));
  const update = w.div(
    w.mul(m, w.div(learningRate!, biasCorrection(beta1!, step!, w))),
    w.add(deviation, w.scalar(epsilon!)),
  );
  const shrunk = w.mul(parameter!, w.sub(w.scalar(1), w.mul(learningRate!, weightDecay!)));
  return [w.sub(shrunk, update), m, v];
}

/** 1 - beta^t */
function biasCorrection(beta: number, step: Value, w: GraphWriter): Value {
  return w.unary('Neg', w.unary('Expm1', w.scale(step, Math.log(beta))));
}

/** Known to be zero when compiling. */
function isZero({ node }: Value): boolean {
  return node.constant !== undefined && node.constant.values[0] === 0;
}
