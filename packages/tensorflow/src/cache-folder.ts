import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder engines are installed into: `VJEPA_CACHE` if set, else the platform's own place for caches
 * (`$XDG_CACHE_HOME` or `~/.cache` on Linux, `~/Library/Caches` on macOS, `%LOCALAPPDATA%` on Windows).
 */
export function cacheFolder(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  if (environment.VJEPA_CACHE) return join(environment.VJEPA_CACHE, 'tensorflow');
  const home = homedir();
  switch (process.platform) {
    case 'darwin':
      return join(home, 'Library', 'Caches', 'vjepa', 'tensorflow');
    case 'win32':
      return join(environment.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'vjepa', 'tensorflow');
    default:
      return join(environment.XDG_CACHE_HOME || join(home, '.cache'), 'vjepa', 'tensorflow');
  }
}
