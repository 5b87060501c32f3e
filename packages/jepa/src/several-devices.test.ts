import { bindStep, type FeedTree, flatten, type HostTensor, type HostTree, type StepFunction } from '@vjepa/engine';
import { nightly } from '@vjepa/test-kit/nightly';
import {
  initializeEncoder,
  initializePredictor,
  initializeVjepa2Encoder,
  initializeVjepa2Predictor,
  predictorConfig,
  vjepa21EncoderConfig,
  vjepa21PredictorConfig,
} from '@vjepa/vit';
import { compileStep, findPlugin, openPlugin } from '@vjepa/xla';
import { describe, expect, it } from 'vitest';
import { initialPretrainingState, type PretrainingInputs, pretrainingStep, vjepa2PretrainingStep } from './index.js';
import { clipsOf, encoder, generator, mask } from './small-pretraining.fixture.js';

// Most of a test's time would be LLVM's; it is the steps that are tested.
process.env.XLA_FLAGS ??= '--xla_backend_optimization_level=0';

const found = findPlugin({ kind: 'cpu' });
if (found === undefined) console.warn("XLA's plug-in for CPUs is not installed: tests that need it are skipped");

const B = 8;

/** What is trained, and what it is fed at step t. */
interface Training<State, Inputs, Outputs> {
  step: StepFunction<State, Inputs, Outputs>;
  state: HostTree<State>;
  inputs(t: number): FeedTree<Inputs>;
}

function firstVersion() {
  const predictor = predictorConfig(encoder, { embedDim: 16, depth: 1, numMaskTokens: 2 });
  const random = generator(1);
  const state = initialPretrainingState({
    encoder: initializeEncoder(encoder, random),
    predictor: initializePredictor(predictor, random),
  });
  const step = pretrainingStep({ encoder, predictor, statistics: true, regularizerCoefficient: 0.5 });
  return { step, state, inputs: inputsAt };
}

/** V-JEPA 2.1, with its dense loss. */
function latestVersion() {
  const sizes = { imageSize: 32, patchSize: 8, numFrames: 4, embedDim: 24, depth: 2, numHeads: 2 };
  const encoder = vjepa21EncoderConfig('vit_tiny', { ...sizes, normLayers: [0, 1] });
  const predictor = vjepa21PredictorConfig(encoder, { embedDim: 16, depth: 1, numHeads: 2, numMaskTokens: 2 });
  const random = generator(2);
  const state = initialPretrainingState({
    encoder: initializeVjepa2Encoder(encoder, random),
    predictor: initializeVjepa2Predictor(predictor, random),
  });
  const step = vjepa2PretrainingStep({ encoder, predictor, statistics: true });
  const inputs = (t: number) => {
    const { clips, context, target, lengths: _, ...schedule } = inputsAt(t);
    return { ...schedule, groups: [{ clips, context, target, contextWeight: 0.5 }] };
  };
  return { step, state, inputs };
}

function inputsAt(t: number): FeedTree<PretrainingInputs> {
  return {
    clips: clipsOf(generator(t), B),
    context: [mask(10, t, B), mask(6, t + 1, B)],
    target: [mask(12, t + 3, B), mask(18, t + 7, B)],
    ...{ learningRate: 1e-3, weightDecay: 0.05, momentum: 0.99, clipNorm: 0.5, step: t + 1 },
  };
}

/** Scalars of every step on so many devices, which have the state whole or in parts. */
async function curve<State, Inputs, Outputs>(
  { step, state, inputs }: Training<State, Inputs, Outputs>,
  { steps, devices = 1, shardState = false }: { steps: number; devices?: number; shardState?: boolean },
) {
  const client = await openPlugin(found!).createClient({ cpuDevices: devices });
  const bound = bindStep(step, state, (flat, state) =>
    compileStep(client, flat, { state, devices: client.devices, shardState }),
  );
  const scalars: Record<string, number>[] = [];
  for (let t = 0; t < steps; t++) {
    const outputs = flatten<HostTensor>(await bound(inputs(t)));
    scalars.push(Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, Number(data[0])])));
  }
  bound.dispose();
  await client.dispose();
  return scalars;
}

type Curve = Awaited<ReturnType<typeof curve>>;

/** 1e-5 of each scalar, or of 1 where it is smaller. */
function expectTheSame(actual: Curve, expected: Curve): void {
  for (const [t, scalars] of expected.entries()) {
    expect(Object.keys(actual[t]!)).toEqual(Object.keys(scalars));
    for (const [name, value] of Object.entries(scalars)) {
      const difference = Math.abs(actual[t]![name]! - value) / Math.max(1, Math.abs(value));
      expect(difference, `${name}, step ${t}`).toBeLessThan(1e-5);
    }
  }
  expect(actual.at(-1)!.loss).toBeLessThan(actual[0]!.loss! - 0.02);
}

describe.skipIf(found === undefined)('pretraining on eight devices is that on one', { timeout: 600_000 }, () => {
  it('with all of the state on each, and with its part on each', async () => {
    const steps = 50;
    const one = await curve(firstVersion(), { steps });
    expectTheSame(await curve(firstVersion(), { steps, devices: 8 }), one);
    expectTheSame(await curve(firstVersion(), { steps, devices: 8, shardState: true }), one);
  });

  it.runIf(nightly)('of V-JEPA 2.1 with its dense loss', async () => {
    const steps = 12;
    const one = await curve(latestVersion(), { steps });
    expectTheSame(await curve(latestVersion(), { steps, devices: 8, shardState: true }), one);
  });
});
