import type { Engine, FloatTensor, HostTensor } from '@vjepa/engine';
import { type BeginTask, InputError, noProgress, option, unfitSetting } from '@vjepa/training';
import { type RgbFrames, readImage, VideoError } from '@vjepa/video';
import type { ClipEncoder } from '@vjepa/vit';
import { parametersDigest } from '../evaluate/feature-cache.js';
import type { LeftOut } from '../features/left-out.js';
import { noneReadable } from '../features/none-readable.js';
import { kindOf, requireFileList } from '../require-given.js';
import { denseAnswers } from './dense-answers.js';
import type { DenseProbe } from './dense-probe-file.js';
import { type DenseProbeStates, denseAsker, denseExtractor } from './dense-prober.js';

/** What `predictPixels` takes. */
export interface PredictPixelsOptions {
  engine: Engine;
  encoder: ClipEncoder;
  parameters: Record<string, HostTensor<Float32Array>>;
  /** What `loadDenseProbe` gives. */
  denseProbe: DenseProbe;
  /** Pictures, as `inputFiles` gives them. */
  files: readonly { path: string; name: string }[];
  /** Opens a bar for them. Default: none. */
  begin?: BeginTask | undefined;
  /** Told of each picture that cannot be read, which is then left out. Default: it ends the work. */
  onLeftOut?: ((leftOut: LeftOut) => void) | undefined;
  /** Ends the work after the batch that is under way, with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** What a probe says of every pixel of a picture. */
export interface PredictedPixels {
  path: string;
  name: string;
  height: number;
  width: number;
  /** By row: the number of the class, `Uint8Array`, or metres, `Float32Array`. */
  values: Uint8Array | Float32Array;
}

/**
 * The classes or depths of pictures by a trained dense probe, seen as its evaluation sees them.
 *
 * @throws InputError for a probe of another encoder's features, or where no picture can be read; VideoError for a picture that
 *   cannot, unless it is left out
 */
export async function* predictPixels(options: PredictPixelsOptions): AsyncGenerator<PredictedPixels> {
  const { engine, encoder, parameters, denseProbe: probe, files, begin = noProgress, signal } = options;
  requireFileList(files);
  requireProbeOf(probe, encoder, parameters);
  const { config, training } = probe;
  const { layer, size } = training;
  const extractor = denseExtractor(engine, { encoder, layer, size }, parameters);
  const asker = denseAsker(engine, config, statesOf(probe), extractor.batchSize);
  const progress = begin({ title: 'pictures', total: files.length, unit: 'pictures' });
  const { patchSize } = encoder;
  const leftOut: LeftOut[] = [];
  try {
    const questions = { config, extractor, asker, size, patchSize, signal };
    const unread = ({ name }: File, error: unknown) => {
      if (!options.onLeftOut || !(error instanceof VideoError) || error.code === 'decoder-unavailable') throw error;
      leftOut.push({ name, reason: error.message, passing: error.passing });
      options.onLeftOut(leftOut.at(-1)!);
      progress.advance(true);
    };
    for await (const { path, name, answers } of denseAnswers(pictures(files, unread), questions)) {
      progress.advance();
      const [own] = answers;
      if (own === undefined)
        throw new InputError({ subject: path, problem: 'the probe answers with numbers that are none' });
      yield { path, name, ...own };
    }
    if (leftOut.length === files.length) throw noneReadable(leftOut);
  } finally {
    progress.close();
    asker.dispose();
    extractor.dispose();
  }
}

type File = PredictPixelsOptions['files'][number];

/** @param unread is told of each file that cannot be read, and throws where that is the end */
async function* pictures(
  files: readonly File[],
  unread: (file: File, error: unknown) => void,
): AsyncGenerator<{ path: string; name: string; picture: RgbFrames }> {
  for (const { path, name } of files) {
    const picture = await readImage(path).catch((error: unknown) => unread({ path, name }, error));
    if (picture) yield { path, name, picture };
  }
}

function requireProbeOf(
  probe: DenseProbe,
  { embedDim }: ClipEncoder,
  parameters: Record<string, HostTensor<Float32Array>>,
): void {
  if (typeof probe?.training !== 'object') throw unfitSetting('denseProbe', 'what loadDenseProbe gives', kindOf(probe));
  const { config, training } = probe;
  const sizes = config.embedDim === embedDim ? undefined : `features ${config.embedDim} wide, here ${embedDim}`;
  const problem = sizes ?? (training.encoder === parametersDigest(parameters) ? undefined : 'other weights');
  if (problem === undefined) return;
  throw new InputError({
    subject: option('denseProbe'),
    problem: `was trained on another encoder: ${problem}`,
    remedy: 'name the checkpoint that it was trained on, or train a probe for this one',
    code: 'other-model',
  });
}

function statesOf({ parameters }: DenseProbe): DenseProbeStates {
  const { 'norm.running_mean': mean, 'norm.running_var': variance, ...own } = parameters;
  const statistics = mean && variance ? { mean, variance } : undefined;
  return { probe: [own as Record<string, FloatTensor>], statistics };
}
