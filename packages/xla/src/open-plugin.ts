import { openPluginLibraries } from './cuda/open-plugin-libraries.js';
import { type FindOptions, findPlugin } from './locate.js';
import type { LoadOptions } from './pjrt/pjrt-api.js';
import { Plugin } from './pjrt/plugin.js';
import { XlaError } from './xla-error.js';

/**
 * Finds a plug-in and loads it, after the libraries of NVIDIA's that were installed with it.
 *
 * @throws XlaError `not-installed` where there is none; whatever {@link Plugin.load} refuses
 */
export function openPlugin(options: FindOptions & LoadOptions = {}): Plugin {
  const found = findPlugin(options);
  if (found === undefined) {
    throw new XlaError(
      'not-installed',
      `no plug-in of XLA${options.kind === undefined ? ' for GPUs' : ` for ${options.kind}`} was found: VJEPA_XLA_PLUGIN names ` +
        'none, and the cache has none. installPlugin(), or `vjepa runtime install --xla`, fetches one.',
    );
  }
  if (found.kind !== undefined) openPluginLibraries(found.path, found.kind);
  return Plugin.load(found.path, options);
}
