import { VJEPA2_PROTOCOLS, type Vjepa2BenchmarkName, vjepa2ProbeLayers } from '@vjepa/benchmarks';
import { InputError, option, sentence } from '@vjepa/training';
import { type ClipEncoder, isVjepa2 } from '@vjepa/vit';
import type { EvaluationSettings } from './evaluation-plan.js';

/** What V-JEPA 2's protocol says of an evaluation. */
export type Vjepa2Evaluation = Pick<EvaluationSettings, 'clips' | 'probe' | 'training' | 'sweep'>;

/**
 * The settings with which V-JEPA 2 evaluates a benchmark, for `planEvaluation`: clips, probes of four blocks and how they
 * are trained, as the published configurations have them for this encoder; V-JEPA 2.1 sees pictures once. The best probe is chosen on held-out training
 * samples; add `heldOut: 0` to `sweep` for the published way. V-JEPA 2.1's probes of several layers see the four that have
 * a norm of their own.
 *
 * @throws InputError when the benchmark's probes see four layers, and none are published for an encoder of so many blocks
 */
export function vjepa2Evaluation(benchmark: Vjepa2BenchmarkName, encoder: ClipEncoder): Vjepa2Evaluation {
  const { clip: usual, imageRepeats, probe, giant384 } = VJEPA2_PROTOCOLS[benchmark];
  const isGiant = encoder.depth >= 40 && encoder.imageSize === 384;
  const clip = (isGiant && giant384.clip) || usual;
  const { depth, numHeads, epochs, batch, heads } = probe;
  const { learningRate, startLearningRate, finalLearningRate, warmupEpochs, weightDecay } = heads[0]!;
  return {
    clips: clip
      ? { frames: clip.framesPerClip, frameStep: clip.frameStep, segments: clip.segments, views: clip.views }
      : { imageRepeats: repeatsOf(encoder, (isGiant && giant384.imageRepeats) || imageRepeats) },
    probe: {
      ...{ selfAttention: 'before', depth, numHeads },
      layers: probe.layers === 'four' ? fourLayers(encoder) : undefined,
    },
    training: {
      ...{ epochs, batchSize: batch, learningRate, startLearningRate, finalLearningRate, warmupEpochs, weightDecay },
      ...{ finalWeightDecay: null, clipNorm: null, decayed: 'all' },
    },
    sweep: { probes: heads },
  };
}

/** Where it is other than what the encoder does by itself. */
function repeatsOf(encoder: ClipEncoder, repeats: number | undefined): number | undefined {
  const takesPictures = isVjepa2(encoder) && encoder.version === '2.1';
  return takesPictures || repeats === encoder.numFrames ? undefined : repeats;
}

function fourLayers(encoder: ClipEncoder): readonly number[] {
  const layers =
    isVjepa2(encoder) && encoder.version === '2.1'
      ? encoder.normLayers.map((block) => block + 1)
      : vjepa2ProbeLayers(encoder.depth);
  if (layers !== undefined) return layers;
  throw new InputError({
    subject: option('encoder'),
    problem: `has ${encoder.depth} blocks, and the four layers that probes see are published for 24, 32 and 40`,
    remedy: sentence`name yours: ${option('probe.layers: [9, 10, 11, 12]')}`,
    code: 'layers',
  });
}
