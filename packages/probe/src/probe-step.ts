import * as tf from '@tensorflow/tfjs-core';
import { fill, flatten, outlineOf, requireTensor, type StepFunction, sumOverReplicas } from '@vjepa/engine';
import { type AdamWSettings, optimize, valueAndGradients } from '@vjepa/optim';
import type { ClipEncoder, Parameters, Recompute } from '@vjepa/vit';
import { countCorrect, crossEntropy, oneHotLabels } from './cross-entropy.js';
import { type FocalLossSettings, focalLoss } from './focal-loss.js';
import type { ProbeConfig, ProbeTask } from './probe-config.js';
import { probeLogits } from './probe-logits.js';
import type { ProbeParametersState, ProbeState } from './probe-state.js';
import { aggregateSegments, type ClipFeatureOptions, clipFeatures } from './video-features.js';

/** Probe, features and optimiser of a probe's step. */
export interface ProbeStepConfig extends ClipFeatureOptions {
  probe: ProbeConfig;
  /** Attend over the tokens of all segments at once, as all published evaluations do. Default true. */
  attendAcrossSegments?: boolean | undefined;
  /** The frozen encoder; left out, the inputs are features that were computed before. */
  encoder?: ClipEncoder | undefined;
  adamW?: AdamWSettings | undefined;
  /** What weight decay applies to: matrices (default; V-JEPA), or every parameter (V-JEPA 2). */
  decayed?: 'matrices' | 'all' | undefined;
  /** The loss of a probe with several tasks. */
  focalLoss?: TaskLossSettings | undefined;
  /** Memory against time in the backward pass of self-attention blocks. Default 'none'. */
  recompute?: Recompute | undefined;
}

/** The loss of a probe with several tasks: sigmoid focal loss, added up over all their classes. */
export interface TaskLossSettings extends FocalLossSettings {
  /**
   * Samples whose losses are added up, where the mean is taken over the others. Default 2: the published training adds up
   * the two samples of each of 64 devices and takes the mean over devices.
   */
  samplesSummed?: number | undefined;
}

/** What probes look at, by temporal segment and then by spatial view. */
export type ProbeLooks = {
  /** [B, T, H, W, 3], or [B, 3, T, H, W] when normalised; where the step has an encoder. */
  clips?: tf.Tensor[][] | undefined;
  /** [B, N, D], computed before; where it has none. */
  features?: tf.Tensor[][] | undefined;
};

/** What a step that trains probes is fed. */
export type ProbeTrainingInputs = ProbeLooks & {
  /** [B] int32; of a probe with Q tasks [B, Q], counted from 0 in each task. */
  labels: tf.Tensor;
  /** Where a batch comes in parts: this part's share of its samples. */
  share?: tf.Tensor | undefined;
  /** For each probe. Left out of all parts of a batch but the last. */
  learningRate?: tf.Tensor[] | undefined;
  weightDecay?: tf.Tensor[] | undefined;
  /** AdamW's t, counted from 1. */
  step?: tf.Tensor | undefined;
  /** Largest norm of a probe's gradients: the published evaluations have 1; 0, or left out: they are not clipped. */
  clipNorm?: tf.Tensor | undefined;
};

/** Scalars for each probe. */
export type ProbeTrainingOutputs = {
  /**
   * The cross-entropy averaged over views, and over segments where the probe sees them apart; of a probe with tasks the
   * focal loss of all of them.
   */
  loss: tf.Tensor[];
  /** How many of the B samples the averaged probabilities get right; of a probe with tasks, in the last of them. */
  correct: tf.Tensor[];
  /** Before clipping; not of parts that only add their gradients. */
  gradNorm?: tf.Tensor[] | undefined;
};

/**
 * One step of training probes on a frozen encoder (V-JEPA, section 4.2): all probes on the same features, each with its
 * own learning rate and weight decay.
 *
 * Given `share`, a step sees one part of a batch: the state also has the sums that `initialGradients` makes. A part
 * without `learningRate` only adds its gradients; the last part has it, updates the probes and clears the sums.
 */
export function probeTrainingStep(
  config: ProbeStepConfig,
): StepFunction<ProbeState, ProbeTrainingInputs, ProbeTrainingOutputs> {
  return (state, inputs) =>
    tf.tidy(() => {
      const tokens = probeTokens(config, state, inputs);
      const labels = requireTensor(inputs, 'labels', 'the input');
      const tasks = tasksOf(config.probe);
      const targets = tasks ? taskTargets(tasks, labels) : oneHotLabels(labels, config.probe.numClasses);

      const forward = () => {
        const logits = probeLogits(config.probe, state.probe, tokens.all, { recompute: config.recompute });
        const copies = tokens.count === 1 ? targets : tf.tile(targets, [tokens.count, 1]);
        const losses = logits.map((scores) =>
          tasks ? taskLoss(scores, copies, config.focalLoss) : crossEntropy(scores, copies),
        );
        const correct = logits.map((scores): tf.Tensor => {
          const probabilities = meanProbabilities(config.probe, scores, tokens.count);
          const answers = tasks ? lastTask(tasks, probabilities, labels) : { scores: probabilities, labels };
          return sumOverReplicas(countCorrect(answers.scores, answers.labels));
        });
        // The probes share nothing that is trained, so the gradient of the sum is each one's own.
        const loss = losses.reduce<tf.Tensor>((sum, own) => tf.add(sum, own), tf.scalar(0));
        return { loss, losses: losses as tf.Tensor[], correct };
      };

      const { outputs, gradients: own } = valueAndGradients(forward, { probe: state.probe });
      const reported = { loss: outputs.losses, correct: outputs.correct };
      const { share, learningRate } = inputs;
      const gradients = share === undefined ? own : summedGradients(state, own, share);
      if (share !== undefined && learningRate === undefined) {
        return { state: { gradient: gradients }, outputs: reported };
      }
      const { clipNorm } = inputs;
      const [rates, decays, step] = (['learningRate', 'weightDecay', 'step'] as const).map((name) =>
        requireTensor(inputs, name, 'the input'),
      ) as [tf.Tensor[], tf.Tensor[], tf.Tensor];
      const updates = state.probe.map((parameters, i) =>
        optimize(
          { parameters, expAvg: state.expAvg.probe[i]!, expAvgSq: state.expAvgSq.probe[i]! },
          gradients.probe[i]!,
          { learningRate: rates[i]!, weightDecay: decays[i]!, step, clipNorm },
          { adamW: config.adamW, ...(config.decayed === 'all' && { isDecayed: () => true }) },
        ),
      );
      return {
        state: {
          probe: updates.map(({ parameters }) => parameters),
          expAvg: { probe: updates.map(({ expAvg }) => expAvg) },
          expAvgSq: { probe: updates.map(({ expAvgSq }) => expAvgSq) },
          ...(share !== undefined && { gradient: zerosLike(gradients) }),
        },
        outputs: { ...reported, gradNorm: updates.map(({ norm }): tf.Tensor => norm) },
      };
    });
}

/** Each probe's answers. */
export type ProbeEvaluationOutputs = {
  /**
   * [B, classes]: softmax averaged over views, and over segments where the probe sees them apart; of a probe with tasks
   * the sigmoids of the classes of all of them, side by side.
   */
  probabilities: tf.Tensor[];
  /** Of a probe with tasks also what is averaged, [looks * B, classes]: in float32 the sigmoids of sure answers are all 1. */
  logits?: tf.Tensor[] | undefined;
};

/** The probes' answers without training: the same state and the same clips or features, no labels. */
export function probeEvaluationStep(
  config: ProbeStepConfig,
): StepFunction<ProbeParametersState, ProbeLooks, ProbeEvaluationOutputs> {
  return (state, inputs) =>
    tf.tidy(() => {
      const tokens = probeTokens(config, state, inputs);
      const logits = probeLogits(config.probe, state.probe, tokens.all);
      const probabilities = logits.map((scores): tf.Tensor => meanProbabilities(config.probe, scores, tokens.count));
      return { state: {}, outputs: { probabilities, ...(tasksOf(config.probe) && { logits }) } };
    });
}

function tasksOf(probe: ProbeConfig): readonly ProbeTask[] | undefined {
  return probe.kind === 'attentive' ? probe.tasks : undefined;
}

/** [B, Q] int32 -> [B, classes of all tasks] of zeros and ones. */
function taskTargets(tasks: readonly ProbeTask[], labels: tf.Tensor): tf.Tensor2D {
  return tf.concat(
    tasks.map(({ classes }, q) => oneHotLabels(column(labels, q), classes)),
    1,
  ) as tf.Tensor2D;
}

function taskLoss(logits: tf.Tensor, targets: tf.Tensor, { samplesSummed = 2, ...settings }: TaskLossSettings = {}) {
  return tf.mul(focalLoss(logits, targets, settings), samplesSummed) as tf.Scalar;
}

/** Scores and labels of the last task. */
function lastTask(tasks: readonly ProbeTask[], scores: tf.Tensor2D, labels: tf.Tensor) {
  const { classes } = tasks.at(-1)!;
  const own = tf.slice(scores, [0, scores.shape[1] - classes], [-1, classes]);
  return { scores: own, labels: column(labels, tasks.length - 1) };
}

/** [B, Q] -> [B] */
function column(labels: tf.Tensor, q: number): tf.Tensor {
  return tf.reshape(tf.slice(labels, [0, q], [-1, 1]), [-1]);
}

type Gradients = { probe: Parameters[] };

/** The sums so far and this part's gradients. */
function summedGradients({ gradient: sums }: ProbeState, gradients: Gradients, share: tf.Tensor): Gradients {
  if (sums === undefined) throw new Error("the step needs the state 'gradient', where a batch comes in parts");
  const soFar = flatten<tf.Tensor>(sums);
  return mapGradients(gradients, (gradient, name) => tf.add(soFar[name]!, tf.mul(gradient, share)));
}

function zerosLike(gradients: Gradients): Gradients {
  return mapGradients(gradients, (gradient) => tf.zerosLike(gradient));
}

function mapGradients(gradients: Gradients, map: (gradient: tf.Tensor, name: string) => tf.Tensor): Gradients {
  const flat = flatten<tf.Tensor>(gradients);
  return fill(outlineOf(gradients), (name) => map(flat[name]!, name)) as Gradients;
}

/** Everything the probe looks at, laid one below the other: `count` times [B, N, D] in one [count * B, N, D]. */
function probeTokens(config: ProbeStepConfig, { encoder: frozen }: ProbeParametersState, inputs: ProbeLooks) {
  const { attendAcrossSegments = true, encoder } = config;
  const features =
    encoder === undefined
      ? (requireTensor(inputs, 'features', 'the input') as tf.Tensor3D[][])
      : requireTensor(inputs, 'clips', 'the input').map((views) =>
          views.map((clips) => clipFeatures(encoder, requireEncoder(frozen), clips, config)),
        );
  const seen = aggregateSegments(features, { attendAcrossSegments });
  return { all: seen.length === 1 ? seen[0]! : tf.concat(seen, 0), count: seen.length };
}

function requireEncoder(encoder: Parameters | undefined): Parameters {
  if (encoder !== undefined) return encoder;
  throw new Error("the step needs the state 'encoder', since it is made with the config of one");
}

/** softmax, or sigmoid of tasks, averaged over `count` looks at each sample: [count * B, C] -> [B, C]. */
function meanProbabilities(probe: ProbeConfig, logits: tf.Tensor2D, count: number): tf.Tensor2D {
  const probabilities = tasksOf(probe) ? tf.sigmoid(logits) : tf.softmax(logits);
  if (count === 1) return probabilities;
  const [rows, C] = logits.shape;
  return tf.mean(tf.reshape(probabilities, [count, rows / count, C]), 0);
}
