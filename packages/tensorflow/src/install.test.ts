import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EngineRelease, engineWheel, hostPlatform, publishesCuda } from './install/engine-release.js';
import { fakeNvidiaWheel, fakeOfficialArchive, fakeTensorFlowWheel, sha256 } from './install/fake-archives.fixture.js';
import { fakePython } from './install/fake-pip.fixture.js';
import type { InstallProgress } from './install/install-progress.js';
import { installTensorFlow } from './install.js';
import { findInCache } from './locate.js';

const ENGINE = `2.21.0-cpu-${hostPlatform()}`;
let root: string;
let folder: string;
let wheels: string;
let python: ReturnType<typeof fakePython>;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vjepa-install-'));
  folder = join(root, 'cache');
  wheels = join(root, 'wheels');
  mkdirSync(wheels);
  python = fakePython(root, { wheels });
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
  python.restore();
  delete process.env.VJEPA_TENSORFLOW_URL;
});

function release(wheel: Uint8Array, project: 'tensorflow' | 'tensorflow-cpu' = 'tensorflow-cpu'): EngineRelease {
  writeFileSync(join(wheels, `${project.replace('-', '_')}-2.21.0-cp312-cp312-manylinux_2_27_x86_64.whl`), wheel);
  return {
    version: '2.21.0',
    wheel: () => ({ project, platform: 'manylinux_2_27_x86_64', sha256: sha256(wheel), bytes: wheel.length }),
    // Nothing listens there.
    archiveUrl: () => 'http://127.0.0.1:39871/libtensorflow.tar.gz',
  };
}

function filesBelow(path: string): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(path, join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
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

  it('lays the NVIDIA libraries a CUDA build names beside it, where its run path looks', async () => {
    const requirements = ['cublas', 'cuda-nvcc'].map(
      (part) => `Requires-Dist: nvidia-${part}-cu12<13.0,>=12.5; extra == "and-cuda"`,
    );
    const pinned = release(fakeTensorFlowWheel('tensorflow', requirements), 'tensorflow');
    writeFileSync(
      join(wheels, 'nvidia_cublas_cu12-12.9-py3-none-any.whl'),
      fakeNvidiaWheel('cublas', 'libcublas.so.12'),
    );
    writeFileSync(join(wheels, 'nvidia_cuda_nvcc_cu12-12.9-py3-none-any.whl'), fakeNvidiaWheel('cuda_nvcc', 'x.a'));
    await installTensorFlow({ folder, cuda: true }, pinned);
    const engine = join(folder, `2.21.0-cuda-${hostPlatform()}`);
    const files = filesBelow(engine);
    expect(files).toContain('tensorflow/libtensorflow_cc.so.2');
    expect(files).toContain('nvidia/cublas/lib/libcublas.so.12');
    expect(files).toContain('nvidia/cuda_nvcc/bin/tool');
    expect(files).toContain('licenses/nvidia_cublas_cu12-12.9/License.txt');
    expect(files.filter((name) => name.includes('include/'))).toEqual([]);
    expect(statSync(join(engine, 'nvidia/cuda_nvcc/bin/tool')).mode & 0o111).not.toBe(0);
    expect(python.calls().map((call) => call.at(-1))).toEqual([
      'tensorflow==2.21.0',
      'nvidia-cublas-cu12<13.0,>=12.5',
      'nvidia-cuda-nvcc-cu12<13.0,>=12.5',
    ]);
    const manifest = JSON.parse(readFileSync(join(engine, 'vjepa-engine.json'), 'utf8'));
    expect(manifest).toMatchObject({ version: '2.21.0', cuda: true, platform: hostPlatform() });
    expect(manifest.archives).toHaveLength(3);
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
    await serve(fakeOfficialArchive());
    const location = await installTensorFlow({ folder }, release(fakeTensorFlowWheel('tensorflow_cpu')));
    const engine = join(folder, ENGINE);
    expect(location).toMatchObject({ libraryPath: join(engine, 'lib', 'libtensorflow.so.2'), version: '2.18.0' });
    expect(readlinkSync(join(engine, 'lib', 'libtensorflow.so.2'))).toBe('libtensorflow.so.2.18.0');
    expect(statSync(location.libraryPath).size).toBe(400_000);
    expect(existsSync(join(engine, 'include'))).toBe(false);
    expect(python.calls()).toHaveLength(0);
  });

  it('refuses one that ends early', async () => {
    await serve(fakeOfficialArchive().subarray(0, 150_000));
    await expect(installTensorFlow({ folder }, release(fakeTensorFlowWheel('tensorflow_cpu')))).rejects.toThrow(
      /damaged or incomplete/,
    );
    expect(filesBelow(folder)).toEqual([]);
  });
});
