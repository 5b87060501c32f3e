import { openPluginLibraries } from './cuda/open-plugin-libraries.js';
import type { PluginLocation } from './locate.js';
import type { LoadOptions } from './pjrt/pjrt-api.js';
import { Plugin } from './pjrt/plugin.js';

/**
 * Loads a plug-in that was found, after the libraries of NVIDIA's that were installed with it.
 *
 * @throws XlaError whatever {@link Plugin.load} refuses
 */
export function openPlugin({ path, kind }: PluginLocation, options: LoadOptions = {}): Plugin {
  if (kind !== undefined) openPluginLibraries(path, kind);
  return Plugin.load(path, options);
}
