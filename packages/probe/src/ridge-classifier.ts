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
 * something about the features and nothing about how well a probe was trained. In double precision, on the n x n Gram
 * matrix: about 6 n³ operations, whatever D.
 *
 * @throws RangeError without vectors
 */
export function ridgeClassifier({ vectors, labels }: LabelledVectors, numClasses: number): Classifier {
  const n = vectors.length;
  if (n === 0) throw new RangeError('a classifier needs at least one training vector');
  const standardize = standardizer(vectors);
  const rows = vectors.map(standardize);
  const gram = rows.map((row) => Float64Array.from(rows, (other) => dot(row, other)));
  const scale = gram.reduce((sum, row, i) => sum + row[i]!, 0) / n || 1;

  // Indicators with each class's share taken out: the intercept, as the features have mean 0.
  const shares = Array.from({ length: numClasses }, (_, c) => labels.filter((label) => label === c).length / n);
  const targets = shares.map((share, c) => Float64Array.from(labels, (label) => Number(label === c) - share));

  let best = { error: Number.POSITIVE_INFINITY, weights: targets };
  for (const strength of STRENGTHS) {
    const inverse = invertPositive(gram, strength * scale);
    const weights = targets.map((target) => Float64Array.from(inverse, (row) => dot(row, target)));
    // What the fit without row i misses of target i is weight_i / inverse_ii: no refitting.
    const error = weights.reduce(
      (sum, weight) => sum + weight.reduce((part, value, i) => part + (value / inverse[i]![i]!) ** 2, 0),
      0,
    );
    if (error < best.error) best = { error, weights };
  }
  return (unseen) =>
    unseen.map((vector) => {
      const row = standardize(vector);
      const similarity = Float64Array.from(rows, (other) => dot(row, other));
      const scores = best.weights.map((weight, c) => shares[c]! + dot(similarity, weight));
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

/** (A + ridge I)^-1 of a symmetric positive semidefinite A, by Cholesky: L Lᵀ = A + ridge I. */
function invertPositive(matrix: readonly Float64Array[], ridge: number): Float64Array[] {
  const n = matrix.length;
  const lower = matrix.map((row, i) => {
    const copy = row.slice();
    copy[i]! += ridge;
    return copy;
  });
  for (let j = 0; j < n; j++) {
    const column = lower[j]!;
    for (let k = 0; k < j; k++) column[j]! -= column[k]! ** 2;
    column[j] = Math.sqrt(column[j]!);
    for (let i = j + 1; i < n; i++) {
      const row = lower[i]!;
      let value = row[j]!;
      for (let k = 0; k < j; k++) value -= row[k]! * column[k]!;
      row[j] = value / column[j]!;
    }
  }
  // The inverse's column j solves L Lᵀ x = e_j; by symmetry it is row j as well.
  return lower.map((_, j) => {
    const x = new Float64Array(n);
    for (let i = j; i < n; i++) {
      let value = Number(i === j);
      for (let k = j; k < i; k++) value -= lower[i]![k]! * x[k]!;
      x[i] = value / lower[i]![i]!;
    }
    for (let i = n - 1; i >= 0; i--) {
      let value = x[i]!;
      for (let k = i + 1; k < n; k++) value -= lower[k]![i]! * x[k]!;
      x[i] = value / lower[i]![i]!;
    }
    return x;
  });
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
