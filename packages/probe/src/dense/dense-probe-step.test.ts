import '@vjepa/test-kit/all-close';
import * as tf from '@tensorflow/tfjs-core';
import { bindStep, flatten, type HostTensor, scalarOf, toTensors } from '@vjepa/engine';
import { mersenneTwister } from '@vjepa/random';
import { findTensorFlow, loadTensorFlow } from '@vjepa/tensorflow';
import { useBackend } from '@vjepa/test-kit/backends';
import { readFixtureJson } from '@vjepa/test-kit/fixtures';
import { runStep } from '@vjepa/test-kit/run-step';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type DenseProbeConfig,
  type DenseProbeState,
  type DepthProbeConfig,
  denseProbeStep,
  denseProbeTrainingStep,
  depthProbeConfig,
  initialDenseProbeState,
  initializeDenseProbe,
  segmentationProbeConfig,
  upsampleBilinear,
} from '../index.js';

/** A tensor as bench/pytorch/dense_probe.py writes it. */
interface Recorded {
  shape: number[];
  data: number[];
}

interface RecordedCase {
  task: 'segmentation' | 'depth';
  norm: boolean;
  outputs: number;
  bins?: number;
  features: Recorded;
  targets: Recorded;
  initial: Record<string, Recorded>;
  losses: number[];
  final: Record<string, Recorded>;
  mean?: Recorded;
  variance?: Recorded;
  maps: Recorded;
  answer: Recorded;
}

const { settings, cases } = readFixtureJson('cases/dense/pytorch.json') as {
  settings: { grid: [number, number]; learningRate: number; weightDecay: number };
  cases: RecordedCase[];
};
const named = cases.map((recorded) => {
  const { task, norm, bins } = recorded;
  const title = `${task}${norm ? ' behind BatchNorm' : ''}${bins === undefined ? '' : bins === 0 ? ', no bins' : `, ${bins} bins`}`;
  return { title, recorded };
});

const floats = ({ shape, data }: Recorded): HostTensor => ({ shape, data: Float32Array.from(data) });
const record = (of: Record<string, Recorded>) => {
  return Object.fromEntries(
    Object.entries(of).map(([name, { shape, data }]) => [name, { shape, data: Float32Array.from(data) }]),
  );
};

function configOf({ task, norm, outputs, bins, features }: RecordedCase): DenseProbeConfig {
  const [height, width] = settings.grid;
  const patches = { embedDim: features.shape[2]!, grid: { height, width } };
  return task === 'segmentation'
    ? segmentationProbeConfig(patches, outputs, { norm })
    : depthProbeConfig(patches, { norm, bins });
}

function inputsOf({ features, targets }: RecordedCase, step: number) {
  return {
    features: floats(features),
    targets: floats(targets),
    ...{ learningRate: [settings.learningRate], weightDecay: [settings.weightDecay], step },
  };
}

const found = await findTensorFlow();
if (found === undefined) console.warn('no TensorFlow is installed: tests that need it are skipped');

describe('dense probes against a recording of PyTorch', () => {
  beforeAll(() => useBackend('wasm'));

  it.each(named)('$title: losses, parameters, running means and answers', ({ recorded }) => {
    const config = configOf(recorded);
    let state: DenseProbeState = toTensors(initialDenseProbeState(config, [record(recorded.initial)]));
    const step = denseProbeTrainingStep(config);
    const count = tf.memory().numTensors;
    for (const [t, loss] of recorded.losses.entries()) {
      const result = runStep(step, state, toTensors(inputsOf(recorded, t + 1)));
      state = result.state;
      expect(result.outputs['loss.0']! / loss, `step ${t}`).toBeCloseTo(1, 5);
      expect(tf.memory().numTensors).toBe(count);
    }
    const { probe, statistics } = state;
    expect(Object.keys(probe[0]!).sort()).toEqual(Object.keys(recorded.final).sort());
    for (const [name, expected] of Object.entries(recorded.final)) {
      expect(probe[0]![name]!, name).toBeAllClose(floats(expected), { atol: 1e-4 });
    }
    expect(Object.keys(statistics ?? {})).toHaveLength(recorded.norm ? 2 : 0);
    if (recorded.mean) expect(statistics!.mean).toBeAllClose(floats(recorded.mean), { atol: 1e-5 });
    if (recorded.variance) expect(statistics!.variance).toBeAllClose(floats(recorded.variance), { rtol: 1e-5 });
    const { maps } = denseProbeStep(config)(state, toTensors({ features: floats(recorded.features) })).outputs;
    expect(maps[0]!).toBeAllClose(floats(recorded.maps), { ofLargest: 1e-4 });
  });

  it.skipIf(found === undefined).each(named)('$title, compiled by TensorFlow', async ({ recorded }) => {
    const runtime = await loadTensorFlow();
    const config = configOf(recorded);
    const state = initialDenseProbeState(config, [record(recorded.initial)]);
    const train = bindStep(denseProbeTrainingStep(config), state, (flat, state) => runtime.compile(flat, { state }));
    for (const [t, expected] of recorded.losses.entries()) {
      const { loss } = await train(inputsOf(recorded, t + 1));
      expect(scalarOf(loss[0]!) / expected, `step ${t}`).toBeCloseTo(1, 5);
    }
    const trained = await train.readState();
    train.dispose();
    for (const [name, expected] of Object.entries(recorded.final)) {
      expect(trained.probe[0]![name]!, name).toBeAllClose(floats(expected), { atol: 1e-4 });
    }
    const { expAvg: _, expAvgSq: __, ...asked } = trained;
    const ask = bindStep(denseProbeStep(config), asked, (flat, state) => runtime.compile(flat, { state }));
    const { maps } = await ask({ features: floats(recorded.features) });
    ask.dispose();
    expect(maps[0]!).toBeAllClose(floats(recorded.maps), { ofLargest: 1e-4 });
  });

  it.skipIf(found === undefined)('are those of one device where two share a batch of unequal annotation', async () => {
    const recorded = cases[0]!;
    const config = configOf(recorded);
    const runtime = await loadTensorFlow();
    const state = initialDenseProbeState(config, [record(recorded.initial)]);
    // The second half of the batch has hardly a pixel that counts.
    const twice = ({ shape, data }: Recorded) => {
      const length = data.length / shape[0]!;
      return { shape: [2, ...shape.slice(1)], data: Float32Array.from(data.slice(0, 2 * length)) };
    };
    const targets = twice(recorded.targets);
    targets.data.fill(255, targets.data.length / 2 + 20);
    const trained = async (devices: string[] | undefined) => {
      const run = bindStep(denseProbeTrainingStep(config), state, (flat, state) => {
        return runtime.compile(flat, { state, ...(devices && { devices }) });
      });
      const losses: number[] = [];
      for (let t = 1; t <= 3; t++) {
        const inputs = { ...inputsOf(recorded, t), features: twice(recorded.features), targets };
        losses.push(scalarOf((await run(inputs)).loss[0]!));
      }
      const { probe, statistics } = await run.readState();
      run.dispose();
      return { losses, weight: probe[0]!['linear.weight']!, variance: statistics!.variance };
    };
    const one = await trained(undefined);
    const two = await trained(['/device:CPU:0', '/device:CPU:1']);
    expect(two.losses).toBeAllClose(one.losses, { rtol: 1e-5 });
    expect(two.weight.data as Float32Array).toBeAllClose(one.weight.data as Float32Array, { atol: 1e-5 });
    expect(two.variance.data as Float32Array).toBeAllClose(one.variance.data as Float32Array, { rtol: 1e-5 });
  });

  it('interpolates scores to what was answered', () => {
    const { maps, answer } = cases[0]!;
    const [, height, width] = answer.shape as [number, number, number];
    const classes = tf.argMax(upsampleBilinear(tf.tensor(maps.data, maps.shape), height, width), 3);
    expect(classes).toBeAllClose(answer, { atol: 0 });
  });
});

describe('dense probes', () => {
  beforeAll(() => useBackend('wasm'));

  it('train side by side as each by itself', () => {
    const recorded = cases[0]!;
    const config = configOf(recorded);
    const [first, second] = [1, 2].map((seed) => initializeDenseProbe(config, mersenneTwister(seed)));
    const run = (probes: (typeof first)[], rates: number[], decays: number[]) => {
      let state: DenseProbeState = toTensors(initialDenseProbeState(config, probes as { [name: string]: never }[]));
      for (let t = 1; t <= 3; t++) {
        const inputs = { ...inputsOf(recorded, t), learningRate: rates, weightDecay: decays };
        state = runStep(denseProbeTrainingStep(config), state, toTensors(inputs)).state;
      }
      return state.probe.map((parameters) => parameters['linear.weight']!.dataSync());
    };
    const both = run([first, second], [0.1, 0.01], [0, 0.5]);
    expect(both[0]!).toBeAllClose(run([first], [0.1], [0])[0]!, { atol: 1e-6 });
    expect(both[1]!).toBeAllClose(run([second], [0.01], [0.5])[0]!, { atol: 1e-6 });
  });

  it('of a batch in which nothing counts learn nothing', () => {
    const recorded = cases[0]!;
    const config = configOf(recorded);
    const { targets, ...inputs } = inputsOf(recorded, 1);
    const nothing = { shape: targets.shape, data: new Float32Array(targets.data.length).fill(255) };
    const state = initialDenseProbeState(config, [initializeDenseProbe(config, mersenneTwister(1))]);
    const step = denseProbeTrainingStep(config);
    const result = runStep(step, toTensors(state), toTensors({ ...inputs, weightDecay: [0], targets: nothing }));
    expect(result.outputs['loss.0']).toBe(0);
    expect(result.state.probe[0]!['linear.weight']!).toBeAllClose(state.probe[0]!['linear.weight']!, { atol: 0 });
  });

  it('learn nothing from depths that were measured out of range', () => {
    const recorded = cases.find(({ task }) => task === 'depth')!;
    const config = configOf(recorded) as DepthProbeConfig;
    const near = { ...config, minDepth: 2, maxDepth: 6 };
    const { targets, ...inputs } = inputsOf(recorded, 1);
    const trained = (depthOutside: number) => {
      const measuredAt = (depth: number) => (depth >= 2 && depth <= 6 ? depth : depthOutside);
      const data = Float32Array.from(targets.data as Float32Array, measuredAt);
      const state = initialDenseProbeState(near, [initializeDenseProbe(near, mersenneTwister(1))]);
      const measured = toTensors({ ...inputs, targets: { shape: targets.shape, data } });
      return runStep(denseProbeTrainingStep(near), toTensors(state), measured).outputs['loss.0'];
    };
    const none = trained(0);
    expect(none).toBeGreaterThan(0);
    expect([trained(1.5), trained(7)]).toEqual([none, none]);
    expect(trained(3)).not.toBe(none);
  });

  it('are refused sizes that make no sense, and patches of another grid', () => {
    const patches = { embedDim: 6, grid: { height: 4, width: 5 } };
    expect(() => segmentationProbeConfig(patches, 0)).toThrow('classes is 0; it must be a whole number of at least 1');
    expect(() => depthProbeConfig(patches, { minDepth: 0 })).toThrow('expected a range above 0');
    expect(() => depthProbeConfig(patches, { bins: 1 })).toThrow('at least 2, or 0 for none');
    const config = segmentationProbeConfig(patches, 3);
    const state = initialDenseProbeState(config, [initializeDenseProbe(config, mersenneTwister(1))]);
    const features = tf.zeros([1, 21, 6]);
    expect(() => denseProbeStep(config)(toTensors(state), { features })).toThrow('21 patches, expected 4 x 5 = 20');
    expect(Object.keys(flatten(state)).filter((name) => name.startsWith('statistics'))).toHaveLength(2);
  });
});
