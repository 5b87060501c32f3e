import { backend_util } from '@tensorflow/tfjs-core';
import { numbersOf, resultType, type Translations } from '../translation.js';

/** Operations that make tensors of sizes and numbers. */
export const CREATION: Translations = {
  BroadcastArgs: (_operands, node, { hlo }) => {
    const shapes = [0, 1].map((operand) => numbersOf(node, operand, 'a shape') as number[]);
    return hlo.constant(backend_util.assertAndGetBroadcastShape(shapes[0]!, shapes[1]!), resultType(node));
  },
  Fill: ([, value], node, { hlo }) => hlo.broadcast(value!, resultType(node).shape, []),
  Range: ([start, , step], node, { hlo }) => {
    const type = resultType(node);
    const everywhere = (x: typeof start) => hlo.broadcast(x!, type.shape, []);
    return hlo.add(everywhere(start), hlo.multiply(hlo.iota(0, type), everywhere(step)));
  },
  LinSpace: ([start, stop], node, { hlo }) => {
    const type = resultType(node);
    const [count] = type.shape;
    const step = hlo.divide(hlo.subtract(stop!, start!), hlo.full(Math.max(1, count! - 1), start!));
    const everywhere = (x: typeof start) => hlo.broadcast(x!, type.shape, []);
    return hlo.add(everywhere(start), hlo.multiply(hlo.iota(0, type), everywhere(step)));
  },
};
