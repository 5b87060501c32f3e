import type { Value } from '../node.js';
import type { FusedKernel } from './fused-kernel.js';
import { beforeWidening, type GraphWriter } from './graph-writer.js';
import { again } from './recompute-barrier.js';

/** x * Phi(x), exact. */
export const gelu: FusedKernel = {
  name: 'VjepaGelu',
  inputs: ['x'],
  results: ([x]) => [x!],
  lower([x], _attributes, context, traced) {
    const { writer: w } = context;
    // Where no gradient needs x, it is not even written: the product before does it all.
    const fused = context.usedOnce(traced.inputs[0]!) && fuse(x!, w);
    return [fused || w.scale(w.mul(x!, doubledDistribution(w.scale(x!, -Math.SQRT1_2), w)), 0.5)];
  },
};

/**
 * d/dx x Phi(x) = Phi(x) + x phi(x). With v = -x / sqrt(2), twice that is erfc(v) - v exp(ln(2 / sqrt(pi)) - v^2): as few
 * passes as it takes.
 */
export const geluGrad: FusedKernel = {
  name: 'VjepaGeluGrad',
  inputs: ['x', 'dy'],
  results: ([x]) => [x!],
  lower([x, dy], _attributes, context) {
    const { writer: w } = context;
    const v = w.scale(again(x!, dy!, context), -Math.SQRT1_2);
    const exponent = w.sub(w.scalar(Math.log(2 / Math.sqrt(Math.PI))), w.unary('Square', v));
    const slope = w.sub(doubledDistribution(v, w), w.mul(w.unary('Exp', exponent), v));
    return [w.scale(w.mul(slope, dy!), 0.5)];
  },
};

function fuse(x: Value, w: GraphWriter): Value | undefined {
  const product = beforeWidening(x) ?? x;
  if (!/FusedMatMul$/.test(product.node.op)) return undefined;
  const fused = w.fusedMatMul(product, product.node.inputs[2]!, 'GeluExact');
  return fused && w.cast(fused, x.dtype);
}

/** 2 Phi(-sqrt(2) v) = erfc(v) */
function doubledDistribution(v: Value, w: GraphWriter): Value {
  return w.unary('Erfc', v);
}
