import { flatten, type HostTensor, type HostTree, scalarOf } from '@vjepa/engine';
import { learningRateSchedule, scheduleLengths } from '@vjepa/optim';
import {
  attentiveProbeConfig,
  initialProbeState,
  type ProbeState,
  type ProbeStepConfig,
  probeEvaluationStep,
  probeTrainingStep,
} from '@vjepa/probe';
import { compareBelow, firstGradient } from './compare-below.js';
import { type Comparison, compareNumber, compareTensor, tolerance, type Values } from './comparison.js';
import { type Fixture, type FixtureTensors, readTensors } from './fixture.js';
import type { ParityEngine } from './parity-engine.js';
import { type FixtureVjepa2Encoder, fixtureVjepa2Encoder } from './vjepa2-fixture-models.js';

interface Head {
  lr: number;
  start_lr: number;
  final_lr: number;
  warmup: number;
}

interface ProbeManifest {
  model: FixtureVjepa2Encoder & { crop_size: number };
  probe: { depth: number; num_heads: number; num_classes: number; layer_norm_eps: number; heads: Head[] };
  /** 0-based. */
  out_layers: number[] | null;
  segments: number;
  views: number;
  iterations_per_epoch: number;
  epochs: number;
  steps: { step: number; heads: { loss: number; lr: number; weight_decay: number; grad_norm: number }[] }[];
  tolerances: { final: number };
}

/** AdamW's first moment, as every evaluation of the reference has it. */
const BETA1 = 0.9;

/**
 * Kind `vjepa2-probe`: several probes on one pass of the frozen encoder. Probabilities of the probes before training,
 * learning rates, losses and norms of every step, the first step's gradients, the probes after the last step.
 */
export async function checkVjepa2Probe(fixture: Fixture, { engine }: { engine: ParityEngine }): Promise<Comparison[]> {
  const manifest = fixture.manifest as ProbeManifest;
  const { model, probe: sizes, out_layers: layers } = manifest;
  const tensors = await readTensors(fixture);
  const encoder = fixtureVjepa2Encoder('2', { ...model, img_size: model.crop_size });
  const config: ProbeStepConfig = {
    encoder,
    normalizedClips: true,
    layers: layers?.map((layer) => layer + 1),
    joinLayers: 'tokens',
    decayed: 'all',
    probe: attentiveProbeConfig(encoder, sizes.num_classes, {
      selfAttention: 'before',
      depth: sizes.depth,
      numHeads: sizes.num_heads,
      layerNormEpsilon: sizes.layer_norm_eps,
    }),
  };
  const probes = sizes.heads.map((_, h) => floatsBelow(tensors, `probe.${h}.`));
  const initial = initialProbeState(probes, floatsBelow(tensors, 'encoder.'));
  return [
    ...checkLearningRates(manifest),
    ...(await checkProbabilities(engine, config, manifest, initial, tensors)),
    ...(await checkTraining(engine, config, manifest, initial, tensors)),
  ];
}

/** A cosine for each head; the schedule is asked before the first step, so that step 0 has its second value. */
function checkLearningRates({ probe, steps, epochs, iterations_per_epoch }: ProbeManifest): Comparison[] {
  return probe.heads.flatMap(({ lr, start_lr, final_lr, warmup }, h) => {
    const lengths = scheduleLengths({
      epochs,
      iterationsPerEpoch: iterations_per_epoch,
      warmupEpochs: warmup,
      scale: 1,
    });
    const schedule = learningRateSchedule({ start: start_lr, reference: lr, final: final_lr }, lengths);
    return steps.map(({ step, heads }) =>
      compareNumber(`step${step}.lr_${h}`, schedule(step + 1), heads[h]!.lr, tolerance.schedule),
    );
  });
}

async function checkProbabilities(
  engine: ParityEngine,
  config: ProbeStepConfig,
  { segments, views }: ProbeManifest,
  state: HostTree<ProbeState>,
  tensors: FixtureTensors,
): Promise<Comparison[]> {
  const run = engine.bind(probeEvaluationStep(config), state);
  try {
    const { probabilities } = await run({
      clips: indices(segments).map((k) => indices(views).map((v) => tensors(`eval.clips.${k}.${v}`))),
    });
    return probabilities.map((found, h) => {
      const name = `eval.prob.${h}`;
      return compareTensor(name, floats(found), tensors(name), tolerance.forward);
    });
  } finally {
    run.dispose();
  }
}

async function checkTraining(
  engine: ParityEngine,
  config: ProbeStepConfig,
  { segments, steps, tolerances }: ProbeManifest,
  initial: HostTree<ProbeState>,
  tensors: FixtureTensors,
): Promise<Comparison[]> {
  const train = engine.bind(probeTrainingStep(config), initial);
  const comparisons: Comparison[] = [];
  try {
    for (const { step, heads } of steps) {
      const outputs = await train({
        labels: tensors(`step${step}.labels`),
        clips: indices(segments).map((k) => [tensors(`step${step}.clips.${k}`)]),
        step: step + 1,
        learningRate: heads.map(({ lr }) => lr),
        weightDecay: heads.map(({ weight_decay }) => weight_decay),
      });
      for (const [h, { loss, grad_norm: norm }] of heads.entries()) {
        const [ownLoss, ownNorm] = [scalarOf(outputs.loss[h]!), scalarOf(outputs.gradNorm![h]!)];
        comparisons.push(compareNumber(`step${step}.loss_${h}`, ownLoss, loss, tolerance.forward));
        comparisons.push(compareNumber(`step${step}.grad_norm_${h}`, ownNorm, norm, tolerance.gradient));
      }
      if (step === 0) {
        const state = flatten<HostTensor>(await train.readState());
        const gradientOf = (name: string) => firstGradient(state[`exp_avg.probe.${name}`], BETA1);
        comparisons.push(...compareBelow(tensors, 'step0.grad.', gradientOf));
      }
    }
    const state = flatten<HostTensor>(await train.readState());
    return [...comparisons, ...compareFinal(state, tensors, tolerances.final)];
  } finally {
    train.dispose();
  }
}

function compareFinal(state: Record<string, HostTensor>, tensors: FixtureTensors, within: number): Comparison[] {
  return tensors.startingWith('final.').map(([name, parameter]) => {
    const [found, expected] = [floats(state[`probe.${parameter}`]), tensors(name)];
    const rows = keyBiasRows(parameter, expected.shape[0]!);
    return compareTensor(name, withoutRows(found, rows), withoutRows(expected, rows), within);
  });
}

/** Biases of keys have no gradient in exact arithmetic: AdamW makes steps of what rounding leaves. */
function keyBiasRows(parameter: string, length: number): [from: number, to: number] {
  if (parameter.endsWith('attn.qkv.bias')) return [length / 3, (2 * length) / 3];
  return parameter.endsWith('xattn.kv.bias') ? [0, length / 2] : [0, 0];
}

function withoutRows({ shape, data }: Values, [from, to]: [number, number]): Values {
  if (from === to) return { shape, data };
  const kept = Array.from(data).filter((_, i) => i < from || i >= to);
  return { shape: [kept.length], data: kept };
}

function floatsBelow(tensors: FixtureTensors, prefix: string) {
  return Object.fromEntries(tensors.startingWith(prefix).map(([name, rest]) => [rest, floats(tensors(name))]));
}

function floats(tensor: { shape: number[]; data: unknown } | undefined): { shape: number[]; data: Float32Array } {
  if (!(tensor?.data instanceof Float32Array)) throw new Error('there is no float32 tensor of this name');
  return { shape: tensor.shape, data: tensor.data };
}

function indices(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
