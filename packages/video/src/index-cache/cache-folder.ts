import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Where packet indexes are kept unless an option says otherwise: `VJEPA_CACHE` if set, else the platform's own place
 * for caches (`$XDG_CACHE_HOME` or `~/.cache` on Linux, `~/Library/Caches` on macOS, `%LOCALAPPDATA%` on Windows).
 */
export function indexCacheFolder(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  home: string = homedir(),
): string {
  if (environment.VJEPA_CACHE) return join(environment.VJEPA_CACHE, 'video-index');
  switch (platform) {
    case 'darwin':
      return join(home, 'Library', 'Caches', 'vjepa', 'video-index');
    case 'win32':
      return join(environment.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'vjepa', 'video-index');
    default:
      return join(environment.XDG_CACHE_HOME || join(home, '.cache'), 'vjepa', 'video-index');
  }
}
