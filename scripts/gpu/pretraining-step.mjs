import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const load = (name) => import(pathToFileURL(`${root}packages/${name}/dist/index.js`).href);

/** A pretraining step at the paper's size. Mask lengths are those of the paper's masks there. */
export const STEP = {
  ...{ model: 'vit_large', crop: 224, frames: 16, batch: 24, context: [376, 112], target: [760, 1120] },
  ...{ predictorWidth: 384, predictorDepth: 12 },
  ...{ precision: 'bfloat16', recompute: 'none', fusedAttention: undefined },
};

/** The step of @vjepa/jepa of these sizes, zeros for its state, and inputs. What the values are does not matter. */
export async function pretrainingStep({ model, crop, frames, batch, context, target, recompute, ...sizes }) {
  const [vit, jepa] = [await load('vit'), await load('jepa')];
  const encoder = vit.clipEncoderConfig(model, { imageSize: crop, numFrames: frames });
  const { predictorWidth: embedDim, predictorDepth: depth } = sizes;
  const predictor = vit.clipPredictorConfig(encoder, { embedDim, depth, numMaskTokens: context.length });
  const isVjepa2 = vit.isVjepa2(encoder);
  /** Lazily. */
  const zeros = (shape) => ({
    shape,
    data: () => new Float32Array(shape.reduce((product, size) => product * size, 1)),
  });
  const tensors = (shapes) => Object.fromEntries(Array.from(shapes, ([name, shape]) => [name, zeros(shape)]));
  const models = {
    encoder: tensors(vit.clipEncoderParameterShapes(encoder)),
    predictor: tensors(vit.clipPredictorParameterShapes(predictor)),
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
    step: isVjepa2
      ? inOneGroup(jepa.vjepa2PretrainingStep({ encoder, predictor, recompute }))
      : jepa.pretrainingStep({ encoder, predictor, recompute }),
    state: { ...models, targetEncoder: models.encoder, expAvg: trained, expAvgSq: trained },
    inputs: {
      clips: { shape: [batch, frames, crop, crop, 3], data: new Uint8Array(batch * frames * crop * crop * 3) },
      ...{ context: context.map(mask), target: target.map(mask) },
      ...{ learningRate: 1e-3, weightDecay: 0.04, momentum: 0.998, clipNorm: isVjepa2 ? 0 : 10, step: 1 },
      ...(isVjepa2 && encoder.version === '2.1' && { contextWeight: 0.5 }),
    },
  };
}

/** V-JEPA 2's step, fed as V-JEPA's is. */
function inOneGroup(step) {
  return (state, { clips, context, target, contextWeight, lengths, ...scheduled }) =>
    step(state, {
      ...scheduled,
      groups: [{ clips, context, target, ...(contextWeight && { contextWeight }) }],
      ...(lengths && { lengths: { groups: [lengths] } }),
    });
}
