import { type BeginTask, noProgress } from '@vjepa/training';
import { type ClipLoader, type ClipLoaderOptions, createClipLoader } from '@vjepa/video';
import { everySample } from '../evaluate/sample-plan.js';
import type { FeatureExtractor } from './feature-extractor.js';
import type { FileClips } from './file-clips.js';
import { type LeftOut, withSecondTry } from './left-out.js';
import { loadedFeatures } from './loaded-features.js';
import type { LoadFeatures } from './shared-features.js';
import type { UnfinishedFeatures } from './unfinished-features.js';

/** How files are read, and who is told. */
export interface FileReadingOptions {
  decoder?: ClipLoaderOptions['decoder'] | undefined;
  /** Default 1. */
  workers?: number | undefined;
  /** How long an outage of a server or disk is waited for. Default: as `createClipLoader` has it. */
  patienceMs?: number | undefined;
  /** Told of each line. Default: stderr. */
  log?: ((line: string) => void) | undefined;
  /** Opens a bar. Default: none. */
  begin?: BeginTask | undefined;
}

/** A video or a picture, and what it is called in the output. */
export interface FeaturedFile {
  path: string;
  name: string;
  label: number;
}

/** A file, and what it is recognised by. */
export type IdentifiedFile = FeaturedFile & { identity: string };

/** How files pass the encoder. */
export interface ExtractionPlan {
  clips: FileClips;
  /** Files that pass the encoder at once, each on a device of its own. */
  together: number;
  /** Loads with other processes, made of what loads alone. Default: alone. */
  shared?: ((files: readonly IdentifiedFile[], load: LoadFeatures) => LoadFeatures) | undefined;
}

/** Adds what is not there yet to the store; returns the files that cannot be read, after a second try where it may help. */
export async function extractFiles(
  options: FileReadingOptions,
  files: readonly IdentifiedFile[],
  plan: ExtractionPlan,
  extractor: FeatureExtractor,
  store: UnfinishedFeatures,
): Promise<LeftOut[]> {
  const distinct = [...new Map(files.map((file) => [file.identity, file])).values()];
  const wanted = distinct.filter(({ identity }) => !store.has(identity));
  if (store.length > 0) {
    const done = files.filter(({ identity }) => store.has(identity)).length;
    const { log = toStderr } = options;
    log(`going on: ${done} of ${files.length} files are done`);
  }
  const failed = await withSecondTry(wanted, (some) => extractOnce(options, some, plan, extractor, store));
  return [...failed.values()];
}

/** What loads features of files in this process. */
export function loadingFiles(
  { decoder, workers = 1, patienceMs }: FileReadingOptions,
  files: readonly FeaturedFile[],
  { clip, transform, perFile }: FileClips,
  extractor: FeatureExtractor,
): { loader: ClipLoader; load: LoadFeatures } {
  const loader = createClipLoader({
    videos: files,
    clip,
    transform,
    workers,
    onBadVideo: 'report',
    ...(decoder === undefined ? {} : { decoder }),
    ...(patienceMs === undefined ? {} : { patienceMs }),
  });
  return { loader, load: (plan) => loadedFeatures(extractor, loader, plan, { clipsPerSample: perFile }) };
}

/** Adds the features of files to the store; returns the failures by file. */
async function extractOnce(
  options: FileReadingOptions,
  wanted: readonly IdentifiedFile[],
  { clips, together, shared = (_files, load) => load }: ExtractionPlan,
  extractor: FeatureExtractor,
  store: UnfinishedFeatures,
): Promise<Map<IdentifiedFile, LeftOut>> {
  const { begin = noProgress } = options;
  const failed = new Map<IdentifiedFile, LeftOut>();
  if (wanted.length === 0) return failed;
  const { loader, load: alone } = loadingFiles(options, wanted, clips, extractor);
  const load = shared(wanted, alone);
  const progress = wanted.length > 1 ? begin({ total: wanted.length, unit: 'files' }) : undefined;
  try {
    const plan = everySample(wanted.length, together);
    const length = clips.perFile * extractor.tokens * extractor.width;
    for await (const batch of load(plan)) {
      const failures = new Map(batch.failures.map((failure) => [failure.position, failure]));
      for (const [i, { index }] of batch.requests.entries()) {
        const file = wanted[index]!;
        const failure = failures.get(i);
        if (failure) failed.set(file, { name: file.name, reason: failure.reason, passing: failure.passing });
        else {
          const own = batch.features.subarray(i * length, (i + 1) * length);
          store.add(file.identity, own, [...batch.frameIndices[i]!]);
        }
        progress?.advance(failure !== undefined);
      }
    }
  } finally {
    progress?.close();
    await loader.close();
  }
  return failed;
}

/** Where lines go that nobody else is told. */
export function toStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}
