import type { Node } from '@vjepa/trace';
import type { HloWriter } from '../hlo-writer.js';
import type { Tensor } from '../tensor.js';
import type { Translations } from '../translation.js';

const numberOf = ({ attributes }: Node, name: string) => attributes[name]!.value as number;

/** Sums over the channels around each, as many on both sides as the depth radius says. */
function sumNearby(x: Tensor, node: Node, hlo: HloWriter): Tensor {
  const radius = numberOf(node, 'depth_radius');
  const window = x.shape.map((_, axis) =>
    axis === x.shape.length - 1 ? { size: 2 * radius + 1, padding: [radius, radius] as const } : { size: 1 },
  );
  return hlo.reduceWindow('add', x, window);
}

/** What channels are divided by, before it is taken to the power beta. */
function scaleOf(x: Tensor, node: Node, hlo: HloWriter): Tensor {
  const sum = sumNearby(hlo.multiply(x, x), node, hlo);
  return hlo.add(hlo.full(numberOf(node, 'bias'), x), hlo.scale(sum, numberOf(node, 'alpha')));
}

/** Normalisations that TensorFlow has as operations. */
export const NORMALIZATION: Translations = {
  LRN: ([x], node, { hlo }) => {
    const power = hlo.full(-numberOf(node, 'beta'), x!);
    return hlo.multiply(x!, hlo.binary('power', scaleOf(x!, node, hlo), power));
  },
  LRNGrad: ([dy, x, y], node, { hlo }) => {
    const [alpha, beta] = [numberOf(node, 'alpha'), numberOf(node, 'beta')];
    const scale = scaleOf(x!, node, hlo);
    const direct = hlo.multiply(dy!, hlo.binary('power', scale, hlo.full(-beta, x!)));
    const nearby = sumNearby(hlo.divide(hlo.multiply(dy!, y!), scale), node, hlo);
    return hlo.subtract(direct, hlo.scale(hlo.multiply(x!, nearby), 2 * alpha * beta));
  },
  // By a mean and a variance that are given.
  FusedBatchNorm: ([x, scale, offset, mean, variance], node, { hlo }) => {
    const ofChannels = (each: Tensor) => hlo.broadcastTo(each, x!.shape);
    const deviation = hlo.unary('rsqrt', hlo.add(variance!, hlo.full(numberOf(node, 'epsilon'), variance!)));
    const normalized = hlo.multiply(hlo.subtract(x!, ofChannels(mean!)), ofChannels(hlo.multiply(deviation, scale!)));
    return [hlo.add(normalized, ofChannels(offset!)), mean!, variance!, mean!, variance!];
  },
};
