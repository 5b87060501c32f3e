import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-webgl';
import '@tensorflow/tfjs-backend-webgpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import type { TensorRecord } from '@vjepa/engine';
import { goldenEncoder, goldenInputs, goldenModels, goldenPredictor, toTensors } from './golden-model.fixture.js';
import { initialPretrainingState, pretrainingStep } from './index.js';

/** What five steps gave: the outputs of each, and the state they left. */
export interface Training {
  outputs: Record<string, number>[];
  state: Record<string, number[]>;
}

/** Five clipped steps of the golden model in the page, on one of its backends. */
async function train(backend: string): Promise<Training> {
  if (!(await tf.setBackend(backend))) throw new Error(`the page has no backend ${backend}`);
  const step = pretrainingStep({
    ...{ encoder: goldenEncoder, predictor: goldenPredictor },
    ...{ normalizedClips: true, statistics: true },
  });
  let state = toTensors(initialPretrainingState(goldenModels()));
  const outputs: Training['outputs'] = [];
  for (let t = 1; t <= 5; t++) {
    const schedule = { learning_rate: 1e-3, weight_decay: 0.05, momentum: 0.99, clip_norm: 1e-4, step: t };
    const result = step(state, goldenInputs(schedule));
    state = result.state;
    outputs.push(await numbersOf(result.outputs, async (tensor) => (await tensor.data())[0]!));
  }
  return { outputs, state: await numbersOf(state, async (tensor) => [...(await tensor.data())]) };
}

async function numbersOf<T>(record: TensorRecord, read: (tensor: tf.Tensor) => Promise<T>): Promise<Record<string, T>> {
  const entries = Object.entries(record).map(async ([name, tensor]) => [name, await read(tensor)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

setWasmPaths('/wasm/');
Object.assign(globalThis, { train });
