import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { cacheFolder } from './cache-folder.js';

describe('cacheFolder', () => {
  it("is where VJEPA_CACHE says, else the platform's own", () => {
    expect(cacheFolder('engines', { VJEPA_CACHE: '/c' }, 'linux', '/home/a')).toBe('/c/engines');
    expect(cacheFolder('engines', { XDG_CACHE_HOME: '/x' }, 'linux', '/home/a')).toBe('/x/vjepa/engines');
    for (const environment of [{}, { XDG_CACHE_HOME: '' }, { XDG_CACHE_HOME: 'relative' }]) {
      expect(cacheFolder('engines', environment, 'linux', '/home/a')).toBe('/home/a/.cache/vjepa/engines');
    }
    expect(cacheFolder('engines', {}, 'darwin', '/Users/a')).toBe('/Users/a/Library/Caches/vjepa/engines');
  });

  it('is below the home of who runs this where HOME is empty', () => {
    vi.stubEnv('HOME', '');
    expect(cacheFolder('engines', {}, 'linux')).toBe(join(userInfo().homedir, '.cache/vjepa/engines'));
    vi.unstubAllEnvs();
  });
});
