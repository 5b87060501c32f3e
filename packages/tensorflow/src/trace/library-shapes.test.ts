import type { TensorRecord } from '@vjepa/engine';
import { OPERATIONS } from '@vjepa/test-kit/operations';
import { DynamicLengths, type InferredResult, type ShapeInference, shapeRules, specsOf, traceStep } from '@vjepa/trace';
import { beforeAll, expect, it } from 'vitest';
import type { CApi } from '../c-api.js';
import { loadTensorFlow } from '../index.js';
import { describeWithTensorFlow } from '../with-tensorflow.fixture.js';
import { LibraryShapes } from './library-shapes.js';

/** What TensorFlow leaves open, a size that depends on values, a rule may know: of a range of floats. */
function asKnown(inferred: InferredResult, { shape }: InferredResult): InferredResult {
  return { ...inferred, shape: inferred.shape?.map((size, axis) => (size === -1 ? shape![axis]! : size)) };
}

describeWithTensorFlow('what comes out of an operation', () => {
  let api: CApi;
  beforeAll(async () => {
    ({ api } = await loadTensorFlow());
  });

  it.each(OPERATIONS)('is by rule what it is by TensorFlow: $name', ({ inputs, run }) => {
    const library = new LibraryShapes(api);
    const asked: string[] = [];
    const both: ShapeInference = {
      infer(op, attributes, values) {
        asked.push(op);
        const found = shapeRules.infer(op, attributes, values);
        const expected = library.infer(op, attributes, values);
        expect(found, op).toEqual(expected.map((result, i) => asKnown(result, found[i]!)));
        return found;
      },
      dispose: () => library.dispose(),
    };
    const step = (_state: TensorRecord, tensors: TensorRecord) => {
      const outputs = [run(tensors)].flat();
      return { state: {}, outputs: Object.fromEntries(outputs.map((output, i) => [String(i), output])) };
    };
    traceStep(step, { state: {}, inputs: specsOf(inputs) }, { dynamic: new DynamicLengths({}), shapes: both });
    expect(asked).not.toHaveLength(0);
  });

  it.each([
    { refused: 'operands that do not go together', op: 'AddV2', shapes: [[2, 3], [4]] },
    {
      refused: 'matrices without a product',
      op: 'MatMul',
      shapes: [
        [2, 3],
        [2, 3],
      ],
    },
    { refused: 'an operation that is none', op: 'NoOperation', shapes: [[2, 3]] },
  ])('is refused by both: $refused', ({ op, shapes }) => {
    const library = new LibraryShapes(api);
    const inputs = shapes.map((shape) => {
      const node = { op: 'Feed', attributes: {}, inputs: [], outputs: [], origin: {}, after: [] };
      return { node, index: 0, dtype: 1, shape };
    });
    for (const shapesOf of [shapeRules, library]) {
      expect(() => shapesOf.infer(op, { T: { kind: 'type', value: 1 } }, inputs)).toThrow();
    }
    library.dispose();
  });
});
