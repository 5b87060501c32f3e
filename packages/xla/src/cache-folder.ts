import { cacheFolder as folderOfCache } from '@vjepa/files';

/**
 * The folder plug-ins are installed into: in `VJEPA_CACHE` if set, else in the platform's own place for caches
 * (`$XDG_CACHE_HOME` or `~/.cache` on Linux).
 */
export function cacheFolder(): string {
  return folderOfCache('xla');
}
