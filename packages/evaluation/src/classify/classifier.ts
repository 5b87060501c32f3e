import { attentiveProbeConfig, averageProbeConfig, type ProbeConfig } from '@vjepa/probe';
import { InputError, option, reasonOf, requireChoice, sentence, unfitSetting } from '@vjepa/training';
import { type ClipEncoder, clipEncoderNameOf, isVjepa2, versionOf } from '@vjepa/vit';
import { type FoundProbe, type LoadedProbe, loadProbe } from '../checkpoint/load-probe.js';
import { requireLayers } from '../features/feature-options.js';
import { requireEncoder } from '../require-given.js';
import { type ProbeTask, probeTask } from './probe-task.js';

/** How a trained probe is used, as far as its file does not tell. */
export interface ClassifierOptions {
  /**
   * `trained`: as the probe was trained. `hugging-face`: what transformers computes with the same weights of V-JEPA 2: a
   * pooler with the encoder's number of heads and its epsilon, on the last layer, tokens' places counted on the model's
   * square crop, frames resized with antialiasing. Default `trained`.
   */
  as?: 'trained' | 'hugging-face' | undefined;
  /** Which probe of a file that lists several, counted from 0. Default 0. */
  head?: number | undefined;
  /** Attention heads, which no tensor tells. Default: 16 of V-JEPA 2's probes, as many as the encoder of V-JEPA's. */
  numHeads?: number | undefined;
  /**
   * The blocks, counted from 1, whose tokens the probe sees one after the other. Default: the last, but of V-JEPA 2's
   * probes of 48 and 27 classes, as Diving48 and Jester have, the four that they were trained on.
   */
  layers?: readonly number[] | undefined;
}

/** What is known of a probe before its file is read. */
export interface ExpectedProbe {
  /** Refuses it for what its tensors tell, such as another number of classes. */
  check?: ((found: FoundProbe) => void) | undefined;
  /** What it may be: a probe of the same form has this one's heads, and sees these layers. */
  planned?: { probe: ProbeConfig; layers: readonly number[] | undefined } | undefined;
}

/** A trained probe and what it takes from an encoder. */
export interface Classifier {
  /** As it computes for this probe. */
  encoder: ClipEncoder;
  probe: ProbeConfig;
  parameters: LoadedProbe;
  /** The blocks, counted from 1, whose tokens it sees one after the other; undefined: the last alone. */
  layers: readonly number[] | undefined;
  /** The published task that it is taken for; undefined where none has its number of classes. */
  task: ProbeTask | undefined;
  /** In label order, where the probe's file has some. */
  classNames: string[] | undefined;
  /** What was chosen and the file does not tell, one sentence each. */
  notes: string[];
}

/**
 * Reads a trained probe for an encoder's features: one trained here, one of V-JEPA's or V-JEPA 2's published ones, or the
 * classifier in a folder of Hugging Face's.
 *
 * @throws InputError when the probe reads features of another width, when the layers that it sees are not known, or as
 *   `loadProbe` does
 */
export async function loadClassifier(
  path: string,
  encoder: ClipEncoder,
  { as = 'trained', head, numHeads, layers }: ClassifierOptions,
  { check, planned }: ExpectedProbe = {},
): Promise<Classifier> {
  requireChoice('as', as, ['trained', 'hugging-face']);
  requireEncoder(encoder);
  if (typeof path !== 'string' || path === '') throw unfitSetting('probe', 'the file of a trained probe', path);
  requireLayers('layers', encoder, layers);
  const isAsTrained = as === 'trained';
  if (!isAsTrained && versionOf(encoder) !== '2') {
    const problem = sentence`${option("as: 'hugging-face'")} is for encoders of V-JEPA 2, which transformers has`;
    throw new InputError({ subject: path, problem, remedy: 'leave it out', code: 'not-in-transformers' });
  }
  let found: FoundProbe | undefined;
  const loaded = await loadProbe(
    path,
    (told) => {
      found = told;
      if (told.tasks !== undefined) throw otherTask(path);
      if (told.embedDim !== encoder.embedDim) throw otherWidth(path, told, encoder);
      check?.(told);
      if (!isAsTrained) return transformersProbe(path, told, encoder);
      return trainedProbe(path, told, encoder, numHeads ?? plannedHeads(planned, told));
    },
    { head },
  );
  const task = probeTask(encoder, found!);
  const notes = [...loaded.notes, ...versionNote(path, found!, encoder, task)];
  if (!isAsTrained) return { ...loaded, encoder: onSquares(encoder), layers: undefined, task, notes };
  if (layers !== undefined) return { ...loaded, encoder, layers, task, notes };
  if (plannedHeads(planned, found!) !== undefined) return { ...loaded, encoder, layers: planned!.layers, task, notes };
  const likely = layersOf(path, task, encoder);
  if (likely)
    notes.push(`${path}: as many classes as ${task!.title} has, whose probes see blocks ${likely.join(', ')}`);
  return { ...loaded, encoder, layers: likely, task, notes };
}

function trainedProbe(
  path: string,
  { depth, selfAttention, classes }: FoundProbe,
  encoder: ClipEncoder,
  numHeads: number | undefined,
): ProbeConfig {
  if (depth === 0) return averageProbeConfig(encoder, classes);
  try {
    return attentiveProbeConfig(encoder, classes, { depth, selfAttention, numHeads });
  } catch (error) {
    const problem = sentence`no tensor tells its number of heads: ${reasonOf(error)}`;
    const remedy = sentence`give ${option('numHeads')}`;
    throw new InputError({ subject: path, problem, remedy, code: 'heads-unknown', cause: error });
  }
}

/** The heads of a planned probe of the same form; undefined where it has another. */
function plannedHeads(planned: ExpectedProbe['planned'], { selfAttention }: FoundProbe): number | undefined {
  const { probe } = planned ?? {};
  return probe?.kind === 'attentive' && probe.selfAttention === selfAttention ? probe.numHeads : undefined;
}

function transformersProbe(path: string, found: FoundProbe, encoder: ClipEncoder): ProbeConfig {
  return { ...trainedProbe(path, found, encoder, encoder.numHeads), layerNormEpsilon: encoder.layerNormEpsilon };
}

/** Transformers counts places on the square crop of the model, whatever the clip. */
function onSquares(encoder: ClipEncoder): ClipEncoder {
  if (!isVjepa2(encoder)) return encoder;
  const { positionSide = Math.floor(encoder.imageSize / encoder.patchSize) } = encoder;
  return { ...encoder, positionSide };
}

function layersOf(path: string, task: ProbeTask | undefined, { depth }: ClipEncoder): readonly number[] | undefined {
  if (task === undefined || task.layers === 'last') return undefined;
  if (task.layers !== 'unknown') return task.layers;
  throw new InputError({
    subject: path,
    problem: `probes of ${task.title} see four layers, and which of this encoder's ${depth} blocks nothing tells`,
    remedy: sentence`name them in ${option('layers')}`,
    code: 'layers-unknown',
  });
}

function otherTask(path: string): InputError {
  return new InputError({
    subject: path,
    problem: 'the probe foretells verbs, nouns and actions, and says nothing of what a video shows',
    remedy: 'evaluate an anticipation with it, or give the probe of a classification',
    code: 'other-task',
  });
}

/** What is wrong with a probe of another encoder. */
export function otherWidth(path: string, { embedDim }: Pick<FoundProbe, 'embedDim'>, encoder: ClipEncoder): InputError {
  const name = clipEncoderNameOf(encoder);
  return new InputError({
    subject: path,
    problem:
      `the probe reads features ${embedDim} wide, and the encoder's are ${encoder.embedDim}` +
      `${name === undefined ? '' : ` (${name})`}`,
    remedy: 'give the encoder that the probe was trained on, or another probe',
    code: 'other-width',
  });
}

/** A probe may be trained in either form on any encoder; the published ones are of their encoder's, and none of V-JEPA 2.1's. */
function versionNote(
  path: string,
  { depth, selfAttention }: FoundProbe,
  encoder: ClipEncoder,
  task: ProbeTask | undefined,
): string[] {
  if (depth === 0) return [];
  const isOfVjepa2 = selfAttention === 'before';
  if (isOfVjepa2 !== isVjepa2(encoder)) {
    const [form, own] = isOfVjepa2 ? ['V-JEPA 2', 'V-JEPA'] : ['V-JEPA', 'V-JEPA 2'];
    return [`${path}: the probe has the form of ${form}'s, and the encoder is one of ${own}`];
  }
  if (task === undefined || versionOf(encoder) !== '2.1') return [];
  return [
    `${path}: a published probe, which it may be, reads features of V-JEPA 2, and the encoder is one of V-JEPA 2.1: only one that was trained on it can tell`,
  ];
}
