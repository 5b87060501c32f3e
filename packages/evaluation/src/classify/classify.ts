import { compileNotice, type Engine, type HostTensor } from '@vjepa/engine';
import {
  type BeginTask,
  createRunLog,
  InputError,
  noProgress,
  OUTPUT,
  option,
  requireChoice,
  requireCounts,
  sentence,
} from '@vjepa/training';
import type { ClipEncoder } from '@vjepa/vit';
import { type ClipRecipe, recipeLoader } from '../evaluate/clip-recipe.js';
import { decoderLine } from '../evaluate/decoder-line.js';
import { type BadSample, probeBatch } from '../evaluate/feature-source.js';
import { liveFeatures } from '../evaluate/live-features.js';
import { type Loading, loadingOf } from '../evaluate/loading.js';
import { noNumbers } from '../evaluate/measure-accuracy.js';
import { openPredictionsFile } from '../evaluate/predictions-file.js';
import { probeAnswers } from '../evaluate/probe-answers.js';
import { type ProbeRunner, probeRunner } from '../evaluate/probe-runner.js';
import type { FeaturedFile } from '../features/extract-files.js';
import { type FeatureExtractor, featureExtractor } from '../features/feature-extractor.js';
import type { InputKind } from '../features/input-files.js';
import { noneReadable } from '../features/none-readable.js';
import { openedEngine, requireFileList } from '../require-given.js';
import { type ClassifierOptions, loadClassifier } from './classifier.js';
import { describeLooks, type LooksSettings, probeLooks } from './probe-looks.js';

/** What `classify` takes. */
export interface ClassifyOptions extends ClassifierOptions, Partial<Loading> {
  /** What computes, or what starts it, once the probe is known to fit. */
  engine: Engine | (() => Promise<Engine>);
  /** What `loadEncoder` gives. */
  encoder: ClipEncoder;
  parameters: Record<string, HostTensor>;
  /** The file of a trained probe, or a folder of Hugging Face's. */
  probe: string;
  /** What `inputFiles` gives. */
  files: readonly FeaturedFile[];
  /** Videos or pictures. Default: videos. */
  kind?: InputKind | undefined;
  /** Names of the classes in label order. Default: those in the probe's file, where it has some. */
  classNames?: readonly string[] | undefined;
  /**
   * How a video is seen. Default: as the published evaluation of the probe's task has it, else one view of the middle clip;
   * with `as: 'hugging-face'` that always.
   */
  clips?: LooksSettings | undefined;
  /** File for JSON lines of all answers. */
  output?: string | undefined;
  /** Told of each line. Default: stderr. */
  log?: ((line: string) => void) | undefined;
  /** Opens a bar. Default: none. */
  begin?: BeginTask | undefined;
}

/** What a probe says of a file. */
export interface ClassifiedFile {
  file: FeaturedFile;
  /** [classes]: the softmax of each look, averaged over the looks. */
  probabilities: Float64Array;
}

/** What `classify` found. */
export interface Classification {
  /** In the order of the files, without those that cannot be read. */
  answers: ClassifiedFile[];
  /** The others, and why. */
  leftOut: { file: string; reason: string }[];
  /** How many of those could not be reached, or not in time: the same call may find them. */
  unreached: number;
  /** Names in label order; their number where they have none. */
  classes: readonly string[] | number;
}

/**
 * What is in videos or pictures, by a trained probe on an encoder's features. Nothing is random. Files that cannot be
 * read are left out.
 *
 * @throws InputError when probe, encoder and names of classes do not fit each other, or no file can be read; VideoError
 *   when there is no decoder
 */
export async function classify(options: ClassifyOptions): Promise<Classification> {
  const { files, kind = 'video', clips = {}, log = createRunLog(), begin = noProgress } = options;
  requireFileList(files);
  requireChoice('kind', kind, ['video', 'image']);
  const { frames, frameStep, segments, views } = clips;
  requireCounts({ 'clips.frames': frames, 'clips.frameStep': frameStep });
  requireCounts({ 'clips.segments': segments, 'clips.views': views });
  const classifier = await loadClassifier(options.probe, options.encoder, options, {
    check({ classes }) {
      const named = options.classNames?.length ?? classes;
      if (named !== classes) throw otherClasses(options.probe, classes, named);
    },
  });
  const classes = options.classNames ?? classifier.classNames ?? classifier.probe.numClasses;
  using output = options.output === undefined ? undefined : openOutput(options.output, classes);
  for (const note of classifier.notes) log(`note: ${note}`);
  const looks = probeLooks(classifier, kind, clips, options.as);
  log(describeLooks(classifier, looks, kind));

  const engine = await openedEngine(options.engine);
  log(engine.description);
  const { encoder, recipe } = looks;
  const compiling = compileNotice(engine, 'the encoder', encoder.depth);
  if (compiling !== undefined) log(compiling);
  if (kind === 'video') log(await decoderLine(options.decoder));
  const extractor = featureExtractor({
    ...{ engine, encoder, parameters: options.parameters, frames: recipe.frames },
    ...{ layers: classifier.layers, joinLayers: 'tokens' },
  });
  const runner = probeRunner(engine, classifier.probe, 1, classifier.parameters);
  const progress = (files.length > 1 ? begin : noProgress)({ total: files.length, unit: 'files' });
  try {
    const asked = { loading: loadingOf(options), recipe, extractor, runner };
    const { answers, failures } = await askTwice(files, asked, (failed) => progress.advance(failed));
    if (answers.length === 0) throw noneReadable(failures);
    for (const { file, probabilities } of answers) output?.add({ path: file.name, label: file.label, probabilities });
    output?.finish();
    const leftOut = failures.map(({ file, reason }) => ({ file: file.name, reason }));
    return { answers, leftOut, unreached: failures.filter(({ passing }) => passing).length, classes };
  } finally {
    progress.close();
    runner.dispose();
    extractor.dispose();
  }
}

/** What files are shown to, and how. */
interface Asked {
  loading: Loading;
  recipe: ClipRecipe;
  extractor: FeatureExtractor;
  runner: ProbeRunner;
}

interface Failure extends Pick<BadSample, 'reason' | 'passing'> {
  file: FeaturedFile;
}

interface Told {
  answers: ClassifiedFile[];
  failures: Failure[];
}

/** What the probe says of files in their order; those that could not be reached are tried again at the end. */
async function askTwice(
  files: readonly FeaturedFile[],
  asked: Asked,
  onFile: (failed: boolean) => void,
): Promise<Told> {
  const first = await ask(files, asked, onFile);
  const again = first.failures.filter(({ passing }) => passing).map(({ file }) => file);
  const second = await ask(again, asked);
  const places = new Map(files.map((file, place) => [file, place]));
  const answers = [...first.answers, ...second.answers].sort((a, b) => places.get(a.file)! - places.get(b.file)!);
  return { answers, failures: [...first.failures.filter(({ passing }) => !passing), ...second.failures] };
}

async function ask(
  files: readonly FeaturedFile[],
  { loading, recipe, extractor, runner }: Asked,
  onFile: (failed: boolean) => void = () => {},
): Promise<Told> {
  const told: Told = { answers: [], failures: [] };
  if (files.length === 0) return told;
  const loader = recipeLoader(loading, 0, files, recipe, 'report');
  const source = liveFeatures({ entries: files, recipe, loader, extractor });
  const { numClasses } = runner.probe;
  try {
    const batchSize = probeBatch(source.layout, source.preferredBatch, undefined, { probe: runner.probe, count: 1 });
    for await (const { indices, probabilities, bad } of probeAnswers(runner, source, files.length, batchSize)) {
      const unreadable = new Set(bad.map(({ index }) => index));
      told.failures.push(...bad.map(({ index, reason, passing }) => ({ file: files[index]!, reason, passing })));
      for (const [place, index] of indices.entries()) {
        onFile(unreadable.has(index));
        if (unreadable.has(index)) continue;
        const file = files[index]!;
        const own = probabilities[0]!.slice(place * numClasses, (place + 1) * numClasses);
        if (!own.every(Number.isFinite)) throw noNumbers(file.path);
        told.answers.push({ file, probabilities: own });
      }
    }
    return told;
  } finally {
    await source.close();
  }
}

function openOutput(path: string, classes: readonly string[] | number) {
  const names = typeof classes === 'number' ? undefined : classes;
  return openPredictionsFile(path, names, sentence`choose another place with ${OUTPUT}`);
}

function otherClasses(path: string, found: number, names: number): InputError {
  const problem = sentence`the probe tells ${found} classes apart, and ${option('classNames')} has ${names} names`;
  const remedy = 'give the names of the task that the probe was trained on';
  return new InputError({ subject: path, problem, remedy, code: 'other-classes' });
}
