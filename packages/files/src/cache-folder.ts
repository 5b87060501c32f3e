import { homedir, userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';

/**
 * A folder for what can be had again: in `VJEPA_CACHE` if set, else in the platform's own place for caches
 * (`$XDG_CACHE_HOME` or `~/.cache` on Linux, `~/Library/Caches` on macOS, `%LOCALAPPDATA%` on Windows).
 *
 * @param name of what is kept there
 */
export function cacheFolder(
  name: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
  home: string = homedir() || userInfo().homedir,
): string {
  if (environment.VJEPA_CACHE) return join(environment.VJEPA_CACHE, name);
  switch (platform) {
    case 'darwin':
      return join(home, 'Library', 'Caches', 'vjepa', name);
    case 'win32':
      return join(environment.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'vjepa', name);
    default:
      return join(xdgCache(environment) ?? join(home, '.cache'), 'vjepa', name);
  }
}

/** Relative paths are to be ignored, says the XDG Base Directory Specification. */
function xdgCache({ XDG_CACHE_HOME = '' }: Readonly<Record<string, string | undefined>>): string | undefined {
  return isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : undefined;
}
