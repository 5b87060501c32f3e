import { findPlugin, type PluginKind, type PluginLocation } from './locate.js';
import { type PluginRecommendation, recommendPlugin } from './recommend-plugin.js';

/** How this machine stands with a plug-in for GPUs. */
export interface PluginCheck {
  /** The plug-in that is there, in words: its kind, version and path. */
  name?: string | undefined;
  /** The one to install instead, or at all. */
  recommended?: PluginKind | undefined;
  /** Why no GPU is used, where it could be. */
  problem?: string | undefined;
}

/** Looks for a plug-in, and asks the driver whether it is one for it. Nothing is said where there is neither. */
export function checkPlugin(): PluginCheck {
  const recommendation = recommendPlugin();
  try {
    return compare(findPlugin(), recommendation);
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

/** The same for a plug-in that was found and what a driver needs. */
export function compare(found: PluginLocation | undefined, { kind, reason }: PluginRecommendation): PluginCheck {
  if (found === undefined) {
    return kind === undefined ? {} : { recommended: kind, problem: `there is no plug-in: ${reason}` };
  }
  const name = [found.kind, found.version, found.path].filter((part) => part !== undefined).join(', ');
  if (kind === undefined) return { name, problem: `${name} has no GPU to use: ${reason}` };
  // CUDA 12 runs on newer drivers. Of a plug-in that was named it is not known what it needs.
  const fits = found.kind === undefined || found.kind === kind || (found.kind === 'cuda12' && kind === 'cuda13');
  return fits ? { name } : { name, recommended: kind, problem: `${name} has no driver: ${reason}` };
}
