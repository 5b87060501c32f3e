import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-webgl';
import '@tensorflow/tfjs-backend-webgpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { flatten, type HostTensor, openEngine } from '@vjepa/engine';
import { goldenClips } from '@vjepa/test-kit/golden-model';
import { goldenEncoder, goldenMaskTree, goldenModels, goldenPredictor } from './golden-model.fixture.js';
import { initialPretrainingState, pretrainingStep } from './index.js';

/** What five steps gave: the outputs of each, and the state they left. */
export interface Training {
  outputs: Record<string, number>[];
  state: Record<string, number[]>;
}

/** Five clipped steps of the golden model in the page, on one of its backends. */
async function train(backend: string): Promise<Training> {
  const engine = await openEngine({ backend });
  const step = pretrainingStep({
    ...{ encoder: goldenEncoder, predictor: goldenPredictor },
    ...{ normalizedClips: true, statistics: true },
  });
  const run = engine.bind(step, initialPretrainingState(goldenModels()));
  const outputs: Training['outputs'] = [];
  for (let t = 1; t <= 5; t++) {
    const schedule = { learningRate: 1e-3, weightDecay: 0.05, momentum: 0.99, clipNorm: 1e-4, step: t };
    const numbers = numbersOf(await run({ clips: goldenClips(), ...goldenMaskTree(), ...schedule }));
    outputs.push(Object.fromEntries(Object.entries(numbers).map(([name, [value]]) => [name, value!])));
  }
  return { outputs, state: numbersOf(await run.readState()) };
}

function numbersOf(tree: object): Record<string, number[]> {
  const flat = Object.entries(flatten<HostTensor>(tree));
  return Object.fromEntries(flat.map(([name, { data }]) => [name, Array.from(data, Number)]));
}

setWasmPaths('/wasm/');
Object.assign(globalThis, { train });
