import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const load = (name) => import(pathToFileURL(`${root}packages/${name}/dist/index.js`).href);

/** A pretraining step at the paper's size. Mask lengths are those of the paper's masks there. */
export const STEP = {
  ...{ model: 'vit_large', crop: 224, frames: 16, batch: 24, context: [376, 112], target: [760, 1120] },
  ...{ predictorWidth: 384, predictorDepth: 12 },
  ...{ precision: 'bfloat16', recompute: 'none', fusedAttention: false },
};

/** The step of @vjepa/jepa of these sizes, zeros for its state, and inputs. What the values are does not matter. */
export async function pretrainingStep({ model, crop, frames, batch, context, target, recompute, ...sizes }) {
  const [vit, jepa] = [await load('vit'), await load('jepa')];
  const encoder = vit.encoderConfig(model, { imageSize: crop, numFrames: frames });
  const { predictorWidth: embedDim, predictorDepth: depth } = sizes;
  const predictor = vit.predictorConfig(encoder, { embedDim, depth, numMaskTokens: context.length });
  /** Lazily. */
  const zeros = (shape) => ({
    shape,
    data: () => new Float32Array(shape.reduce((product, size) => product * size, 1)),
  });
  const tensors = (shapes) => Object.fromEntries(Array.from(shapes, ([name, shape]) => [name, zeros(shape)]));
  const models = {
    encoder: tensors(vit.encoderParameterShapes(encoder)),
    predictor: tensors(vit.predictorParameterShapes(predictor)),
  };
  const trained = {
    encoder: vit.trainableParameters(models.encoder),
    predictor: vit.trainableParameters(models.predictor),
  };
  const mask = (length) => ({
    shape: [batch, length],
    data: Int32Array.from({ length: batch * length }, (_, i) => i % length),
  });
  return {
    step: jepa.pretrainingStep({ encoder, predictor, recompute }),
    state: { ...models, targetEncoder: models.encoder, expAvg: trained, expAvgSq: trained },
    inputs: {
      clips: { shape: [batch, frames, crop, crop, 3], data: new Uint8Array(batch * frames * crop * crop * 3) },
      ...{ context: context.map(mask), target: target.map(mask) },
      ...{ learningRate: 1e-3, weightDecay: 0.04, momentum: 0.998, clipNorm: 10, step: 1 },
    },
  };
}
