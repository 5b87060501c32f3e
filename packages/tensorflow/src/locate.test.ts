import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hostPlatform } from '@vjepa/native';
import { fakePython } from '@vjepa/test-kit/fake-pip';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cacheFolder } from './cache-folder.js';
import { findInCache, findTensorFlow } from './locate.js';

const environment = { ...process.env };
let root: string;
beforeEach(() => {
  root = temporaryFolder('locate');
  delete process.env.VJEPA_TENSORFLOW_PATH;
  process.env.VJEPA_CACHE = join(root, 'cache');
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
  for (const name of ['PATH', 'VJEPA_TENSORFLOW_PATH', 'VJEPA_CACHE']) {
    if (environment[name] === undefined) delete process.env[name];
    else process.env[name] = environment[name];
  }
});

function libraryIn(folder: string): string {
  mkdirSync(folder, { recursive: true });
  for (const name of ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']) writeFileSync(join(folder, name), '');
  return join(folder, 'libtensorflow_cc.so.2');
}

function engine(name: string, manifest: object): string {
  const library = libraryIn(join(root, 'cache', 'tensorflow', name, 'tensorflow'));
  writeFileSync(join(root, 'cache', 'tensorflow', name, 'vjepa-engine.json'), JSON.stringify(manifest));
  return library;
}

describe('looking for TensorFlow', () => {
  it('takes the folder it is told, the library in it, or a folder above', async () => {
    const library = libraryIn(join(root, 'somewhere', 'tensorflow'));
    for (const path of [library, join(root, 'somewhere', 'tensorflow'), join(root, 'somewhere')]) {
      expect(await findTensorFlow({ path })).toEqual({ libraryPath: library, source: 'path' });
    }
    process.env.VJEPA_TENSORFLOW_PATH = join(root, 'somewhere');
    expect(await findTensorFlow()).toEqual({ libraryPath: library, source: 'path' });
  });

  it('says what is wrong with a folder that holds none', async () => {
    process.env.VJEPA_TENSORFLOW_PATH = join(root, 'nowhere');
    await expect(findTensorFlow()).rejects.toThrow(
      `VJEPA_TENSORFLOW_PATH is ${join(root, 'nowhere')}, where there is no`,
    );
  });

  it("prefers a Python environment's to the cache's", async () => {
    const installed = engine('a', { version: '2.21.0', platform: hostPlatform(), cuda: false });
    fakePython(root, {});
    expect(await findTensorFlow()).toEqual({ libraryPath: installed, source: 'cache', version: '2.21.0' });
    const library = libraryIn(join(root, 'site-packages', 'tensorflow'));
    mkdirSync(join(root, 'site-packages', 'tensorflow_cpu-2.20.0.dist-info'));
    fakePython(root, { tensorflow: join(root, 'site-packages', 'tensorflow') });
    expect(await findTensorFlow()).toEqual({ libraryPath: library, source: 'python', version: '2.20.0' });
  });

  it("passes over a Python environment's that is too old", async () => {
    libraryIn(join(root, 'site-packages', 'tensorflow'));
    mkdirSync(join(root, 'site-packages', 'tensorflow-2.9.1.dist-info'));
    fakePython(root, { tensorflow: join(root, 'site-packages', 'tensorflow') });
    expect(await findTensorFlow()).toBeUndefined();
  });

  it('finds nothing where there is nothing', async () => {
    fakePython(root, {});
    expect(await findTensorFlow()).toBeUndefined();
  });

  it('takes the newest engine of the cache that is for this platform, with CUDA before without', () => {
    const folder = cacheFolder();
    engine('a', { version: '2.9.1', platform: hostPlatform(), cuda: false });
    engine('b', { version: '2.21.0', platform: hostPlatform(), cuda: false });
    const best = engine('c', { version: '2.21.0', platform: hostPlatform(), cuda: true });
    engine('d', { version: '2.30.0', platform: 'plan9-mips', cuda: true });
    libraryIn(join(folder, 'e', 'tensorflow'));
    expect(findInCache(folder)?.libraryPath).toBe(best);
  });
});
