import { join } from 'node:path';
import type * as tf from '@tensorflow/tfjs-core';
import { flatten, type HostTensor, type HostTree, type StepFunction, scalarOf } from '@vjepa/engine';
import { type ParameterValues, readReferenceParameters } from '@vjepa/evaluation';
import {
  attentiveProbeConfig,
  initialProbeState,
  type ProbeState,
  probeEvaluationStep,
  probeTrainingStep,
} from '@vjepa/probe';
import { type EncoderConfig, encode, type Parameters } from '@vjepa/vit';
import { compareBelow, firstGradient } from './compare-below.js';
import { type Comparison, compareNumber, compareTensor, tolerance, type Values } from './comparison.js';
import { type Fixture, type FixtureTensors, readTensors } from './fixture.js';
import { type FixtureEncoder, fixtureEncoder } from './fixture-encoder.js';
import type { ParityEngine } from './parity-engine.js';

interface ProbeManifest {
  model: FixtureEncoder;
  probe: { depth: number; num_heads: number; num_classes: number };
  segments: number;
  views: number;
  steps: { step: number; loss: number; lr: number; weight_decay: number }[];
}

/** AdamW's first moment, as every evaluation of the reference has it. */
const BETA1 = 0.9;
/** The norm the reference clips the probe's gradients to. */
const CLIP_NORM = 1;

/**
 * Kind `probe`: features of the frozen encoder; class probabilities for several segments and views, attended together
 * and averaged; losses of every training step, the first step's gradients, the probe after the last step.
 */
export async function checkProbe(fixture: Fixture, { engine }: { engine: ParityEngine }): Promise<Comparison[]> {
  const manifest = fixture.manifest as ProbeManifest;
  const tensors = await readTensors(fixture);
  const encoder = fixtureEncoder(manifest.model);
  const { target_encoder: frozen } = await readReferenceParameters(join(fixture.folder, 'encoder.pth.tar'), [
    'target_encoder',
  ]);
  const { classifier } = await readReferenceParameters(join(fixture.folder, 'probe.pth.tar'), ['classifier']);
  const initial = initialProbeState([classifier], frozen);
  return [
    await checkFeatures(engine, encoder, frozen, tensors),
    ...(await checkProbabilities(engine, manifest, encoder, initial, tensors)),
    ...(await checkTraining(engine, manifest, encoder, initial, tensors)),
  ];
}

function stepConfig({ probe }: ProbeManifest, encoder: EncoderConfig) {
  return {
    encoder,
    normalizedClips: true,
    probe: attentiveProbeConfig(encoder, probe.num_classes, { depth: probe.depth, numHeads: probe.num_heads }),
  };
}

async function checkFeatures(
  engine: ParityEngine,
  encoder: EncoderConfig,
  frozen: ParameterValues,
  tensors: FixtureTensors,
): Promise<Comparison> {
  const features: StepFunction<Parameters, { clips: tf.Tensor }, { features: tf.Tensor }> = (state, { clips }) => ({
    state: {},
    outputs: { features: encode(encoder, state, clips) },
  });
  const run = engine.bind(features, frozen);
  try {
    const outputs = await run({ clips: tensors('eval.clips.0.0') });
    const name = 'eval.features.0.0';
    return compareTensor(name, asFloats(outputs.features), tensors(name), tolerance.forward);
  } finally {
    run.dispose();
  }
}

/** Losses, the first gradients and the final probe. */
async function checkTraining(
  engine: ParityEngine,
  manifest: ProbeManifest,
  encoder: EncoderConfig,
  initial: HostTree<ProbeState>,
  tensors: FixtureTensors,
): Promise<Comparison[]> {
  const train = engine.bind(probeTrainingStep(stepConfig(manifest, encoder)), initial);
  const comparisons: Comparison[] = [];
  try {
    for (const [i, { loss, lr, weight_decay }] of manifest.steps.entries()) {
      const outputs = await train({
        labels: tensors(`step${i}.labels`),
        clips: Array.from({ length: manifest.segments }, (_, k) => [tensors(`step${i}.clips.${k}`)]),
        step: i + 1,
        clipNorm: CLIP_NORM,
        learningRate: [lr],
        weightDecay: [weight_decay],
      });
      comparisons.push(compareNumber(`step${i}.loss`, scalarOf(outputs.loss[0]!), loss, tolerance.forward));
      if (i === 0) {
        const state = flatten<HostTensor>(await train.readState());
        // The moment is that of the clipped gradient.
        const kept = Math.min(1, CLIP_NORM / (scalarOf(outputs.gradNorm![0]!) + 1e-6));
        const gradientOf = (name: string) => firstGradient(state[`exp_avg.probe.0.${name}`], BETA1, kept);
        comparisons.push(...compareBelow(tensors, 'step0.grad.', gradientOf));
      }
    }
    const state = flatten<HostTensor>(await train.readState());
    const found = (name: string) => state[`probe.0.${name}`] as Values | undefined;
    return [...comparisons, ...compareBelow(tensors, 'final.', found)];
  } finally {
    train.dispose();
  }
}

/** Probabilities over all segments and views, by the probe before training. */
async function checkProbabilities(
  engine: ParityEngine,
  manifest: ProbeManifest,
  encoder: EncoderConfig,
  state: HostTree<ProbeState>,
  tensors: FixtureTensors,
): Promise<Comparison[]> {
  const { segments, views } = manifest;
  const clips = Array.from({ length: segments }, (_, k) =>
    Array.from({ length: views }, (_, v) => tensors(`eval.clips.${k}.${v}`)),
  );
  const comparisons: Comparison[] = [];
  for (const [name, attendAcrossSegments] of [
    ['eval.attend.prob', true],
    ['eval.average.prob', false],
  ] as const) {
    const step = probeEvaluationStep({ ...stepConfig(manifest, encoder), attendAcrossSegments });
    const run = engine.bind(step, state);
    try {
      const outputs = await run({ clips });
      comparisons.push(compareTensor(name, asFloats(outputs.probabilities[0]), tensors(name), tolerance.forward));
    } finally {
      run.dispose();
    }
  }
  return comparisons;
}

function asFloats(tensor: HostTensor | undefined): { shape: number[]; data: Float32Array } {
  if (!(tensor?.data instanceof Float32Array)) throw new Error('the step gave no float32 tensor of this name');
  return { shape: tensor.shape, data: tensor.data };
}
