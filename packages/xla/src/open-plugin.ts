import { openPluginLibraries } from './cuda/open-plugin-libraries.js';
import type { PluginLocation } from './locate.js';
import type { LoadOptions } from './pjrt/pjrt-api.js';
import { Plugin } from './pjrt/plugin.js';
import type { PluginKind } from './plugin-kind.js';
import { XlaError } from './xla-error.js';

/**
 * Loads a plug-in that was found, after the libraries of NVIDIA's that were installed with it.
 *
 * @throws XlaError whatever {@link Plugin.load} refuses, with what the kind of plug-in needs
 */
export function openPlugin({ path, kind }: PluginLocation, options: LoadOptions = {}): Plugin {
  if (kind !== undefined) openPluginLibraries(path, kind);
  try {
    return Plugin.load(path, options);
  } catch (error) {
    const needs = kind && NEEDS[kind];
    if (needs === undefined || !(error instanceof XlaError && error.code === 'not-loadable')) throw error;
    throw new XlaError('not-loadable', `${error.message}; ${needs}`, { cause: error });
  }
}

/** What is not installed with a plug-in. */
const NEEDS: Partial<Record<PluginKind, string>> = {
  rocm: "it needs AMD's ROCm 7, in /opt/rocm or where LD_LIBRARY_PATH leads",
};
