import { cacheFolder as folderOfCache } from '@vjepa/files';

/**
 * The folder engines are installed into: in `VJEPA_CACHE` if set, else in the platform's own place for caches
 * (`$XDG_CACHE_HOME` or `~/.cache` on Linux, `~/Library/Caches` on macOS, `%LOCALAPPDATA%` on Windows).
 */
export function cacheFolder(): string {
  return folderOfCache('tensorflow');
}
