import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder.js';
import type { PluginKind } from './plugin-kind.js';
import { XlaError } from './xla-error.js';

/** A plug-in on this machine. */
export interface PluginLocation {
  /** The shared library. */
  path: string;
  /** Where it was found: it was named, or is in the cache it was installed into. */
  source: 'path' | 'cache';
  /** Of one from the cache. */
  kind?: PluginKind | undefined;
  /** Of the wheel it came in, where it is from the cache. */
  version?: string | undefined;
}

/** Written into an installed plug-in's folder as the last thing, so that a folder without it is not one. */
export const MANIFEST = 'vjepa-plugin.json';

/** What that file says. */
export interface PluginManifest {
  kind: PluginKind;
  version: string;
  /** The machine it is for, e.g. `linux-x64`: a home folder may be shared between several. */
  platform: string;
  /** The library's path in the folder. */
  library: string;
  /** Where it came from: the names of the archives, with their SHA-256. */
  archives: { name: string; sha256: string }[];
}

/** Where a plug-in is looked for. */
export interface FindOptions {
  /** The library itself. Default: `VJEPA_XLA_PLUGIN`, where it is set. */
  path?: string | undefined;
  /** Which is wanted of those in the cache. Default: the first there is of cuda13, cuda12, rocm. */
  kind?: PluginKind | undefined;
  /** The cache. Default: the user's. */
  folder?: string | undefined;
}

/** Those for CPUs are found only by who asks for one: TensorFlow is faster there. */
const PREFERRED: readonly PluginKind[] = ['cuda13', 'cuda12', 'rocm'];

/**
 * Looks for a plug-in: the one that is named, else in the cache that `installPlugin` fills. Undefined if there is none.
 *
 * @throws XlaError `not-installed` if one was named and is not there
 */
export function findPlugin({ path, kind, folder = cacheFolder() }: FindOptions = {}): PluginLocation | undefined {
  const named = path ?? process.env.VJEPA_XLA_PLUGIN;
  if (named) return namedPlugin(named, path === undefined);
  if (!existsSync(folder)) return undefined;
  const found = readdirSync(folder).flatMap((name) => pluginAt(join(folder, name)) ?? []);
  return (kind === undefined ? PREFERRED : [kind])
    .flatMap((wanted) => found.filter((plugin) => plugin.kind === wanted).sort(newestFirst))
    .at(0);
}

function namedPlugin(path: string, fromEnvironment: boolean): PluginLocation {
  if (existsSync(path)) return { path, source: 'path' };
  throw new XlaError(
    'not-installed',
    `${fromEnvironment ? 'VJEPA_XLA_PLUGIN is ' : ''}${path}, where there is no file. Name the shared library of a plug-in, ` +
      'or nothing to use an installed one.',
  );
}

/** The plug-in in a folder of the cache; undefined if there is none for this machine, or not all of one. */
export function pluginAt(folder: string): PluginLocation | undefined {
  const manifest = readManifest(folder);
  if (manifest?.platform !== `${process.platform}-${process.arch}`) return undefined;
  const path = join(folder, manifest.library);
  return existsSync(path) ? { path, source: 'cache', kind: manifest.kind, version: manifest.version } : undefined;
}

function readManifest(folder: string): PluginManifest | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8')) as PluginManifest;
  } catch {
    return undefined;
  }
}

function newestFirst(a: PluginLocation, b: PluginLocation): number {
  return (b.version ?? '').localeCompare(a.version ?? '', 'en', { numeric: true });
}
