import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { InstallProgress, NvidiaWheel } from '@vjepa/engine';
import { CUDA_12_WHEELS, hostPlatform } from '@vjepa/native';
import { fakeNvidiaWheel, fakeOfficialArchive, fakeTensorFlowWheel, sha256 } from '@vjepa/test-kit/fake-archives';
import { fakeInstallation } from '@vjepa/test-kit/fake-installation';
import { filesBelow } from '@vjepa/test-kit/files-below';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EngineRelease, engineWheel, publishesCuda } from './install/engine-release.js';
import { installTensorFlow } from './install.js';
import { findInCache } from './locate.js';

const ENGINE = `2.21.0-cpu-${hostPlatform()}`;
let installation: ReturnType<typeof fakeInstallation>;
let root: string;
let folder: string;
let wheels: string;
let python: typeof installation.python;

beforeEach(() => {
  installation = fakeInstallation('install');
  ({ root, folder, wheels, python } = installation);
});
afterEach(() => {
  installation.remove();
  delete process.env.VJEPA_TENSORFLOW_URL;
});

function release(wheel: Uint8Array, project: 'tensorflow' | 'tensorflow-cpu' = 'tensorflow-cpu'): EngineRelease {
  writeFileSync(join(wheels, `${project.replace('-', '_')}-2.21.0-cp312-cp312-manylinux_2_27_x86_64.whl`), wheel);
  return {
    version: '2.21.0',
    wheel: () => ({
      project,
      platform: 'manylinux_2_27_x86_64',
      sha256: sha256(wheel),
      bytes: wheel.length,
      installedBytes: 301_000,
    }),
    nvidia: [],
    // Nothing listens there.
    archiveUrl: () => 'http://127.0.0.1:39871/libtensorflow.tar.gz',
  };
}

describe('installing TensorFlow', () => {
  it('takes the library, and nothing else, out of the wheel pip downloads', async () => {
    const progress: InstallProgress[] = [];
    const pinned = release(fakeTensorFlowWheel('tensorflow_cpu'));
    const location = await installTensorFlow({ folder, onProgress: (p) => progress.push(p) }, pinned);
    expect(location).toEqual({
      libraryPath: join(folder, ENGINE, 'tensorflow', 'libtensorflow_cc.so.2'),
      source: 'cache',
      version: '2.21.0',
    });
    expect(filesBelow(folder)).toEqual([
      `${ENGINE}/tensorflow/LICENSE`,
      `${ENGINE}/tensorflow/THIRD_PARTY_NOTICES.txt`,
      `${ENGINE}/tensorflow/libtensorflow_cc.so.2`,
      `${ENGINE}/tensorflow/libtensorflow_framework.so.2`,
      `${ENGINE}/vjepa-engine.json`,
    ]);
    expect(findInCache(folder)).toEqual(location);
    const [call] = python.calls();
    expect(call!.join(' ')).toMatch(
      /^--no-deps --only-binary=:all: --python-version 3\.12 .*--platform manylinux_2_27_x86_64 .*tensorflow-cpu==2\.21\.0$/,
    );
    expect(progress.at(-1)).toMatchObject({ stage: 'unpack' });
    expect(progress.at(-1)!.bytes).toBe(progress.at(-1)!.totalBytes);
  });

  it('does nothing when it is there already', async () => {
    const pinned = release(fakeTensorFlowWheel('tensorflow_cpu'));
    const first = await installTensorFlow({ folder }, pinned);
    expect(await installTensorFlow({ folder }, pinned)).toEqual(first);
    expect(python.calls()).toHaveLength(1);
  });

  it('downloads once for two who ask at the same time', async () => {
    const pinned = release(fakeTensorFlowWheel('tensorflow_cpu'));
    const [one, two] = await Promise.all([
      installTensorFlow({ folder }, pinned),
      installTensorFlow({ folder }, pinned),
    ]);
    expect(one).toEqual(two);
    expect(python.calls()).toHaveLength(1);
  });

  it('refuses a wheel that is not the pinned one, and leaves nothing behind', async () => {
    const pinned = release(fakeTensorFlowWheel('tensorflow_cpu'));
    const other: EngineRelease = {
      ...pinned,
      wheel: (options) => ({ ...pinned.wheel(options), sha256: 'f'.repeat(64) }),
    };
    await expect(installTensorFlow({ folder }, other)).rejects.toThrow(/has the SHA-256 [0-9a-f]{64}, expected f{64}/);
    expect(filesBelow(folder)).toEqual([]);
  });

  it('never leaves half an engine: a damaged wheel is refused and thrown away', async () => {
    const wheel = fakeTensorFlowWheel('tensorflow_cpu');
    wheel[120]! ^= 0xff;
    await expect(installTensorFlow({ folder }, release(wheel))).rejects.toThrow(/could not be unpacked: .*damaged at/);
    expect(filesBelow(folder)).toEqual([]);
    expect(findInCache(folder)).toBeUndefined();
    // And the next attempt, with the wheel whole again, succeeds.
    expect(await installTensorFlow({ folder }, release(fakeTensorFlowWheel('tensorflow_cpu')))).toBeDefined();
  });

  it('takes up what a killed installation left: its download, not its half-unpacked engine', async () => {
    const pinned = release(fakeTensorFlowWheel('tensorflow_cpu'));
    const name = 'tensorflow_cpu-2.21.0-cp312-cp312-manylinux_2_27_x86_64.whl';
    mkdirSync(join(folder, 'downloads'), { recursive: true });
    writeFileSync(join(folder, 'downloads', name), readFileSync(join(wheels, name)));
    mkdirSync(join(folder, '.partial-abc', 'tensorflow'), { recursive: true });
    writeFileSync(join(folder, '.partial-abc', 'tensorflow', 'libtensorflow_cc.so.2'), 'half');
    mkdirSync(join(folder, ENGINE, 'tensorflow'), { recursive: true });
    writeFileSync(join(folder, ENGINE, 'tensorflow', 'libtensorflow_cc.so.2'), 'no manifest');
    await installTensorFlow({ folder }, pinned);
    expect(python.calls()).toHaveLength(0);
    expect(filesBelow(folder)).toHaveLength(5);
    expect(statSync(join(folder, ENGINE, 'tensorflow', 'libtensorflow_cc.so.2')).size).toBe(300_000);
  });

  describe('with CUDA', () => {
    const nvidia = (part: string, library: string): NvidiaWheel => {
      const wheel = fakeNvidiaWheel(part, library);
      const file = `nvidia_${part}_cu12-12.9-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl`;
      writeFileSync(join(wheels, file), wheel);
      const keep = [`${part}/lib/${library}`, `${part}/bin/tool`];
      return {
        ...{ project: `nvidia-${part}-cu12`.replaceAll('_', '-'), version: '12.9', file, keep },
        ...{ sha256: sha256(wheel), bytes: wheel.length },
      };
    };
    const pinnedWithCuda = (): EngineRelease => ({
      ...release(fakeTensorFlowWheel('tensorflow'), 'tensorflow'),
      nvidia: [nvidia('cublas', 'libcublas.so.12'), nvidia('cuda_nvcc', 'libnvvm.so')],
    });

    it('lays the NVIDIA libraries that are opened beside it, and no other file of theirs', async () => {
      const progress: InstallProgress[] = [];
      await installTensorFlow({ folder, cuda: true, onProgress: (p) => progress.push(p) }, pinnedWithCuda());
      const engine = join(folder, `2.21.0-cuda-${hostPlatform()}`);
      expect(filesBelow(engine)).toEqual([
        'licenses/nvidia_cublas_cu12-12.9/License.txt',
        'licenses/nvidia_cuda_nvcc_cu12-12.9/License.txt',
        'nvidia/cublas/bin/tool',
        'nvidia/cublas/lib/libcublas.so.12',
        'nvidia/cuda_nvcc/bin/tool',
        'nvidia/cuda_nvcc/lib/libnvvm.so',
        'tensorflow/LICENSE',
        'tensorflow/THIRD_PARTY_NOTICES.txt',
        'tensorflow/libtensorflow_cc.so.2',
        'tensorflow/libtensorflow_framework.so.2',
        'vjepa-engine.json',
      ]);
      expect(statSync(join(engine, 'nvidia/cuda_nvcc/bin/tool')).mode & 0o111).not.toBe(0);
      const calls = python.calls();
      expect(calls.map((call) => call.at(-1))).toEqual([
        'tensorflow==2.21.0',
        'nvidia-cublas-cu12==12.9',
        'nvidia-cuda-nvcc-cu12==12.9',
      ]);
      expect(calls[1]!.join(' ')).toContain('--platform manylinux2014_x86_64 --platform manylinux_2_17_x86_64');
      const manifest = JSON.parse(readFileSync(join(engine, 'vjepa-engine.json'), 'utf8'));
      expect(manifest).toMatchObject({ version: '2.21.0', cuda: true, platform: hostPlatform() });
      expect(manifest.archives).toHaveLength(3);
      const sizes = pinnedWithCuda();
      const totalBytes = [sizes.wheel({}), ...sizes.nvidia].reduce((sum, { bytes }) => sum + bytes, 0);
      expect(progress[0]).toMatchObject({ stage: 'plan', bytes: 0, totalBytes });
      expect(progress[0]!.installedBytes).toBeGreaterThan(3e9);
    });

    it('refuses a library that is not the pinned one, and takes up the others when tried again', async () => {
      const pinned = pinnedWithCuda();
      const [cublas, nvcc] = pinned.nvidia;
      const other = { ...pinned, nvidia: [cublas!, { ...nvcc!, sha256: 'f'.repeat(64) }] };
      await expect(installTensorFlow({ folder, cuda: true }, other)).rejects.toThrow(
        /nvidia_cuda_nvcc_cu12-12\.9.* has the SHA-256 [0-9a-f]{64}, expected f{64}/,
      );
      expect(findInCache(folder)).toBeUndefined();
      const before = python.calls().length;
      await installTensorFlow({ folder, cuda: true }, pinned);
      expect(python.calls().slice(before)).toHaveLength(1);
    });

    it('lays out anew an engine of which a library is gone', async () => {
      const pinned = pinnedWithCuda();
      const location = await installTensorFlow({ folder, cuda: true }, pinned);
      const library = join(location.libraryPath, '../../nvidia/cublas/lib/libcublas.so.12');
      rmSync(library);
      await installTensorFlow({ folder, cuda: true }, pinned);
      expect(existsSync(library)).toBe(true);
    });

    it('says what to do where there is no pip, instead of installing an engine that never uses a GPU', async () => {
      python.restore();
      const path = process.env.PATH;
      process.env.PATH = root;
      try {
        await expect(installTensorFlow({ folder, cuda: true }, pinnedWithCuda())).rejects.toThrow(/there is no pip/);
      } finally {
        process.env.PATH = path;
      }
    });

    it('pins every wheel by hash, and fewer bytes than all that TensorFlow names', () => {
      expect(CUDA_12_WHEELS.map(({ sha256 }) => sha256)).toEqual(
        CUDA_12_WHEELS.map(() => expect.stringMatching(/^[0-9a-f]{64}$/)),
      );
      const names = CUDA_12_WHEELS.map(({ project }) => project);
      expect(new Set(names).size).toBe(names.length);
      for (const { project, version, file } of CUDA_12_WHEELS) {
        expect(file.startsWith(`${project.replaceAll('-', '_')}-${version}-py3-none-`)).toBe(true);
      }
    });
  });

  it('says every way it tried when there is none', async () => {
    const pinned = release(fakeTensorFlowWheel('tensorflow_cpu'));
    const missing: EngineRelease = { ...pinned, wheel: () => ({ ...pinned.wheel({}), project: 'tensorflow' }) };
    const failure = installTensorFlow({ folder }, missing);
    await expect(failure).rejects.toMatchObject({ code: 'install-failed' });
    await expect(failure).rejects.toThrow(
      /- pip: [\s\S]*No matching distribution found[\s\S]*- TensorFlow's archive: http:\/\/127\.0\.0\.1:39871\//,
    );
  });

  it('knows for which platforms TensorFlow is published', () => {
    expect(engineWheel({ platform: 'linux-arm64' }).project).toBe('tensorflow');
    expect(engineWheel({ platform: 'linux-x64', cuda: true }).project).toBe('tensorflow');
    expect(() => engineWheel({ platform: 'win32-x64' })).toThrow(/no library for win32-x64 .*WebAssembly/);
    expect(['linux-x64', 'linux-arm64', 'darwin-arm64', 'win32-x64'].filter(publishesCuda)).toEqual(['linux-x64']);
    expect(() => engineWheel({ platform: 'darwin-arm64', cuda: true })).toThrow(/no CUDA library for darwin-arm64/);
  });
});

describe("installing from TensorFlow's archive of its C library", () => {
  let server: Server;
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  async function serve(body: Uint8Array): Promise<void> {
    server = createServer((_, response) => response.end(body));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    process.env.VJEPA_TENSORFLOW_URL = `http://127.0.0.1:${port}/versions/2.18.0/libtensorflow-cpu-linux-x86_64.tar.gz`;
  }

  it('unpacks the libraries and the links to them', async () => {
    await serve(await fakeOfficialArchive());
    const location = await installTensorFlow({ folder }, release(fakeTensorFlowWheel('tensorflow_cpu')));
    const engine = join(folder, ENGINE);
    expect(location).toMatchObject({ libraryPath: join(engine, 'lib', 'libtensorflow.so.2'), version: '2.18.0' });
    expect(readlinkSync(join(engine, 'lib', 'libtensorflow.so.2'))).toBe('libtensorflow.so.2.18.0');
    expect(statSync(location.libraryPath).size).toBe(400_000);
    expect(existsSync(join(engine, 'include'))).toBe(false);
    expect(python.calls()).toHaveLength(0);
  });

  it('refuses one that ends early', async () => {
    await serve((await fakeOfficialArchive()).subarray(0, 150_000));
    await expect(installTensorFlow({ folder }, release(fakeTensorFlowWheel('tensorflow_cpu')))).rejects.toThrow(
      /damaged or incomplete/,
    );
    expect(filesBelow(folder)).toEqual([]);
  });
});
