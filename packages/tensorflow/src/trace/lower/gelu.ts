import type { Value } from '../node.js';
import type { GraphWriter } from './graph-writer.js';
import type { Piece } from './piece.js';

/** x * Phi(x), exact. */
export const gelu: Piece = {
  name: 'VjepaGelu',
  inputs: ['x'],
  results: ([x]) => [x!],
  lower([x], _attributes, context, traced) {
    const { writer: w } = context;
    // Where no gradient needs x, it is not even written: the product before does it all.
    const fused = context.usedOnce(traced.inputs[0]!) && fuse(x!, w);
    return [fused || w.mul(x!, normalDistribution(w.scale(x!, Math.SQRT1_2), w))];
  },
};

/** d/dx x Phi(x) = Phi(x) + x phi(x); with u = x / sqrt(2), x phi(x) = u exp(-u^2) / sqrt(pi). */
export const geluGrad: Piece = {
  name: 'VjepaGeluGrad',
  inputs: ['x', 'dy'],
  results: ([x]) => [x!],
  lower([x, dy], _attributes, { writer: w }) {
    const u = w.scale(x!, Math.SQRT1_2);
    const bell = w.unary('Exp', w.unary('Neg', w.unary('Square', u)));
    const slope = w.add(normalDistribution(u, w), w.scale(w.mul(bell, u), 1 / Math.sqrt(Math.PI)));
    return [w.mul(slope, dy!)];
  },
};

function fuse(x: Value, w: GraphWriter): Value | undefined {
  const { node } = x;
  return /FusedMatMul$/.test(node.op) ? w.fusedMatMul(x, node.inputs[2]!, 'GeluExact') : undefined;
}

/** Phi(sqrt(2) u) = (1 + erf(u)) / 2 */
function normalDistribution(u: Value, w: GraphWriter): Value {
  return w.add(w.scale(w.unary('Erf', u), 0.5), w.scalar(0.5));
}
