import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** Vectors [n, D] by row, with their classes 0..C-1. */
export interface LabelledVectors {
  vectors: readonly Float32Array[];
  labels: readonly number[];
}

/** Says the class of each vector. */
export type Classifier = (vectors: readonly Float32Array[]) => number[];

/** Strengths tried, in units of the mean of the Gram matrix's diagonal. */
const STRENGTHS = [1e-3, 1e-2, 1e-1, 1, 10, 100];

/**
 * A linear classifier in closed form: ridge regression of the classes' indicators on standardised features, its
 * strength chosen by leave-one-out on the training set. It has no learning rate and no seed, so its accuracy says
 * something about the features and nothing about how well a probe was trained. In double precision, by one
 * eigendecomposition of the n x n Gram matrix: about 9 n³ operations, whatever D.
 *
 * @throws RangeError without vectors
 */
export function ridgeClassifier({ vectors, labels }: LabelledVectors, numClasses: number): Classifier {
  const n = vectors.length;
  if (n === 0) throw new RangeError('a classifier needs at least one training vector');
  const standardize = standardizer(vectors);
  const x = new Matrix(vectors.map(standardize));
  const gram = x.mmul(x.transpose());
  const scale = gram.trace() / n || 1;

  // Indicators with each class's share taken out: the intercept, as the features have mean 0.
  const shares = Array.from({ length: numClasses }, (_, c) => labels.filter((label) => label === c).length / n);
  const targets = new Matrix(labels.map((label) => shares.map((share, c) => Number(label === c) - share)));

  // (X Xᵀ + r I)⁻¹ = Q (Λ + r I)⁻¹ Qᵀ for every strength r.
  const { eigenvectorMatrix: q, realEigenvalues } = new EigenvalueDecomposition(gram, { assumeSymmetric: true });
  const rotated = q.transpose().mmul(targets);
  const squares = Matrix.mul(q, q);
  let best = { error: Number.POSITIVE_INFINITY, weights: targets };
  for (const strength of STRENGTHS) {
    // Rounding makes eigenvalues that are 0 a little more or less.
    const shrinkage = realEigenvalues.map((value) => 1 / (Math.max(0, value) + strength * scale));
    const weights = q.mmul(rotated.clone().mulColumnVector(shrinkage));
    const diagonal = squares.mmul(Matrix.columnVector(shrinkage)).to1DArray();
    // What the fit without row i misses of target i is weight_i / inverse_ii: no refitting.
    const error = weights.clone().divColumnVector(diagonal).norm('frobenius') ** 2;
    if (error < best.error) best = { error, weights };
  }
  const coefficients = x.transpose().mmul(best.weights);
  return (unseen) =>
    unseen.map((vector) => {
      const scores = Matrix.rowVector(standardize(vector)).mmul(coefficients).addRowVector(shares).to1DArray();
      return scores.indexOf(Math.max(...scores));
    });
}

/** Takes the mean and the deviation of each feature over `vectors` out. */
function standardizer(vectors: readonly Float32Array[]): (vector: Float32Array) => Float64Array {
  const dim = vectors[0]!.length;
  const mean = new Float64Array(dim);
  const variance = new Float64Array(dim);
  for (const vector of vectors) for (let d = 0; d < dim; d++) mean[d]! += vector[d]! / vectors.length;
  for (const vector of vectors) {
    for (let d = 0; d < dim; d++) variance[d]! += (vector[d]! - mean[d]!) ** 2 / vectors.length;
  }
  return (vector) => Float64Array.from(vector, (value, d) => (value - mean[d]!) / Math.sqrt(variance[d]! + 1e-12));
}
