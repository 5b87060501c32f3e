import { describe, expect, it } from 'vitest';
import { cacheFolder } from './cache-folder.js';

describe('cacheFolder', () => {
  it("is where VJEPA_CACHE says, else the platform's own", () => {
    expect(cacheFolder('engines', { VJEPA_CACHE: '/c' }, 'linux', '/home/a')).toBe('/c/engines');
    expect(cacheFolder('engines', { XDG_CACHE_HOME: '/x' }, 'linux', '/home/a')).toBe('/x/vjepa/engines');
    expect(cacheFolder('engines', {}, 'linux', '/home/a')).toBe('/home/a/.cache/vjepa/engines');
    expect(cacheFolder('engines', {}, 'darwin', '/Users/a')).toBe('/Users/a/Library/Caches/vjepa/engines');
  });
});
