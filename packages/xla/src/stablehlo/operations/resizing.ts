import { DataType } from '@vjepa/trace';
import type { HloWriter } from '../hlo-writer.js';
import type { Tensor } from '../tensor.js';
import { flagOf, resultType, type Translation, type TranslationContext, type Translations } from '../translation.js';

/** How places of a resized image lie in the one it is made of. */
interface Placement {
  alignCorners: boolean;
  halfPixelCenters: boolean;
}

/** For each place along an axis of a resized image, one of the original's and how much it counts. */
interface Source {
  places: readonly number[];
  weights: readonly number[];
}

type Sources = (size: number, places: number, placement: Placement) => readonly Source[];

/** Along one axis, in float32 as TensorFlow computes it. */
function scaleOf(size: number, places: number, { alignCorners }: Placement): number {
  return Math.fround(alignCorners && places > 1 ? (size - 1) / (places - 1) : size / places);
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

/** The places before and after, by their distance. */
const neighbours: Sources = (size, places, placement) => {
  const scale = scaleOf(size, places, placement);
  const at = upTo(places).map((i) =>
    placement.halfPixelCenters ? Math.fround(Math.fround(Math.fround(i + 0.5) * scale) - 0.5) : Math.fround(i * scale),
  );
  const after = at.map((x) => Math.fround(x - Math.floor(x)));
  return [
    { places: at.map((x) => Math.max(0, Math.floor(x))), weights: after.map((weight) => Math.fround(1 - weight)) },
    { places: at.map((x) => Math.min(size - 1, Math.ceil(x))), weights: after },
  ];
};

const nearest: Sources = (size, places, placement) => {
  const scale = scaleOf(size, places, placement);
  const at = upTo(places).map((i) => Math.fround((placement.halfPixelCenters ? i + 0.5 : i) * scale));
  const chosen = at.map((x) => Math.min(size - 1, Math.max(0, Math.floor(placement.alignCorners ? x + 0.5 : x))));
  return [{ places: chosen, weights: chosen.map(() => 1) }];
};

/** Elements of x at places along an axis. */
function take(x: Tensor, axis: number, places: readonly number[], hlo: HloWriter): Tensor {
  const indices = hlo.constant(Int32Array.from(places), { dtype: DataType.INT32, shape: [places.length] });
  const at = {
    offset: upTo(x.shape.length).filter((i) => i !== axis),
    collapsed: [axis],
    indexMap: [axis],
    indexVector: 1,
  };
  return hlo.gather(x, indices, at, x.shape.with(axis, 1), x.shape.with(axis, places.length));
}

function resizedAlong(x: Tensor, axis: number, sources: readonly Source[], hlo: HloWriter): Tensor {
  const parts = sources.map(({ places, weights }) => {
    const part = take(x, axis, places, hlo);
    if (weights.every((weight) => weight === 1)) return part;
    const factors = hlo.constant(Float32Array.from(weights), { dtype: part.dtype, shape: [weights.length] });
    return hlo.multiply(part, hlo.broadcast(factors, part.shape, [axis]));
  });
  return parts.reduce(hlo.add);
}

/**
 * What an axis of the original is worth: a product with the weights of all places, which sums in one order, as adding
 * at places would not.
 */
function gradientAlong(
  dy: Tensor,
  axis: number,
  { sources, size }: { sources: readonly Source[]; size: number },
  { hlo, precise }: TranslationContext,
): Tensor {
  const places = dy.shape[axis]!;
  const weights = new Float32Array(places * size);
  for (const source of sources) {
    for (let i = 0; i < places; i++) weights[i * size + source.places[i]!]! += source.weights[i]!;
  }
  const matrix = hlo.constant(weights, { dtype: DataType.FLOAT, shape: [places, size] });
  const product = hlo.dot(dy, matrix, { batch: [], contract: [[axis, 0]] }, precise);
  return hlo.transpose(product, [...upTo(3).slice(0, axis), 3, ...upTo(3).slice(axis)]);
}

function placementOf(node: Parameters<Translation>[1]): Placement {
  return {
    alignCorners: flagOf(node.attributes, 'align_corners'),
    halfPixelCenters: flagOf(node.attributes, 'half_pixel_centers'),
  };
}

const resized =
  (sources: Sources): Translation =>
  ([images], node, { hlo }) => {
    const { dtype, shape } = resultType(node);
    const along = (x: Tensor, axis: 1 | 2) =>
      resizedAlong(x, axis, sources(images!.shape[axis]!, shape[axis]!, placementOf(node)), hlo);
    return along(along(hlo.convert(images!, dtype), 1), 2);
  };

const resizedGradient =
  (sources: Sources): Translation =>
  ([dy], node, context) => {
    const { shape } = resultType(node);
    const along = (x: Tensor, axis: 1 | 2) => {
      const size = shape[axis]!;
      const chosen = sources(size, dy!.shape[axis]!, placementOf(node));
      return gradientAlong(x, axis, { sources: chosen, size }, context);
    };
    return along(along(dy!, 1), 2);
  };

/** Images [B, height, width, C] of another size. */
export const RESIZING: Translations = {
  ResizeBilinear: resized(neighbours),
  ResizeBilinearGrad: resizedGradient(neighbours),
  ResizeNearestNeighbor: resized(nearest),
  ResizeNearestNeighborGrad: resizedGradient(nearest),
};
