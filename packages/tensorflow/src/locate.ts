import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { hostPlatform } from '@vjepa/native';
import { findLibraries } from './c-api.js';
import { cacheFolder } from './cache-folder.js';
import { TensorFlowError } from './tensorflow-error.js';

/** A TensorFlow on this machine. */
export interface TensorFlowLocation {
  /** The library with the C API. */
  libraryPath: string;
  /** Where it was found: a folder that was named, a Python environment, or the cache it was installed into. */
  source: 'path' | 'python' | 'cache';
  /** Its version where that is written beside it; `TF_Version` says for certain once it is loaded. */
  version?: string | undefined;
}

/** Written into an installed engine's folder as the last thing, so that a folder without it is not an engine. */
export const MANIFEST = 'vjepa-engine.json';

export interface EngineManifest {
  version: string;
  /** The machine it is for, e.g. `linux-x64`: a home folder may be shared between several. */
  platform: string;
  cuda: boolean;
  /** Where it came from: the names of the archives, with their SHA-256. */
  archives: { name: string; sha256: string }[];
}

/**
 * Looks for a TensorFlow: in `path` or `VJEPA_TENSORFLOW_PATH`, then in the Python environment that `python3` is (without
 * importing it; 2.16 or newer), then in the cache {@link installTensorFlow} fills. Undefined if there is none.
 *
 * @throws TensorFlowError `not-installed` if a folder was named and holds no TensorFlow.
 */
export async function findTensorFlow(
  options: { path?: string | undefined } = {},
): Promise<TensorFlowLocation | undefined> {
  const named = options.path ?? process.env.VJEPA_TENSORFLOW_PATH;
  if (named) return findInNamedFolder(named, options.path === undefined);
  return (await findInPython()) ?? findInCache();
}

function findInNamedFolder(path: string, fromEnvironment: boolean): TensorFlowLocation {
  const folder = existsSync(path) && statSync(path).isFile() ? dirname(path) : path;
  for (const candidate of [folder, join(folder, 'lib'), join(folder, 'tensorflow')]) {
    const libraries = existsSync(candidate) ? findLibraries(candidate) : undefined;
    if (libraries) return { libraryPath: libraries.main, source: 'path' };
  }
  throw new TensorFlowError(
    'not-installed',
    `${fromEnvironment ? 'VJEPA_TENSORFLOW_PATH is ' : ''}${path}, where there is no libtensorflow_cc or libtensorflow ` +
      'with libtensorflow_framework beside it. Name the folder that holds both, or unset it to use an installed engine.',
  );
}

/** A Python environment's TensorFlow older than this is passed over: its C API and operations have not been tried. */
const OLDEST = '2.16';

const PYTHON_LOOKUP = `
import importlib.util
spec = importlib.util.find_spec('tensorflow')
if spec and spec.submodule_search_locations: print(spec.submodule_search_locations[0])
`;

async function findInPython(): Promise<TensorFlowLocation | undefined> {
  for (const python of ['python3', 'python']) {
    try {
      const { stdout } = await promisify(execFile)(python, ['-c', PYTHON_LOOKUP], { timeout: 20_000 });
      const folder = stdout.trim();
      const libraries = folder && existsSync(folder) ? findLibraries(folder) : undefined;
      if (libraries === undefined) return undefined;
      const version = distributionVersion(folder);
      if (version !== undefined && compareVersions(version, OLDEST) < 0) return undefined;
      return { libraryPath: libraries.main, source: 'python', version };
    } catch {
      // No such Python, or one that does not start: the next place.
    }
  }
  return undefined;
}

/** The version in the name of `tensorflow…-X.Y.Z.dist-info`, which pip puts beside the package. */
function distributionVersion(packageFolder: string): string | undefined {
  const names = readdirSync(dirname(packageFolder));
  return names.map((name) => /^tensorflow(?:_cpu)?-([\d.]+\w*)\.dist-info$/.exec(name)?.[1]).find(Boolean);
}

/** The best engine in the cache: the newest version, and of one version the one with CUDA. */
export function findInCache(folder = cacheFolder()): TensorFlowLocation | undefined {
  if (!existsSync(folder)) return undefined;
  const engines = readdirSync(folder)
    .map((name) => ({ engine: join(folder, name), manifest: readManifest(join(folder, name)) }))
    .flatMap(({ engine, manifest }) => (manifest?.platform === hostPlatform() ? [{ engine, manifest }] : []))
    .sort((a, b) => compareVersions(b.manifest.version, a.manifest.version) || +b.manifest.cuda - +a.manifest.cuda);
  return engines.map(({ engine }) => engineAt(engine)).find(Boolean);
}

/** The engine in a folder of the cache; undefined if there is none, or not all of one. */
export function engineAt(engine: string): TensorFlowLocation | undefined {
  const manifest = readManifest(engine);
  if (manifest === undefined) return undefined;
  const libraries = [join(engine, 'tensorflow'), join(engine, 'lib')].filter(existsSync).map(findLibraries);
  const libraryPath = libraries.find(Boolean)?.main;
  return libraryPath === undefined ? undefined : { libraryPath, source: 'cache', version: manifest.version };
}

function readManifest(engine: string): EngineManifest | undefined {
  try {
    return JSON.parse(readFileSync(join(engine, MANIFEST), 'utf8')) as EngineManifest;
  } catch {
    return undefined;
  }
}

function compareVersions(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
