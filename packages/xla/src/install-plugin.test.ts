import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hostPlatform } from '@vjepa/native';
import { fakeNvidiaWheel, sha256 } from '@vjepa/test-kit/fake-archives';
import { fakeInstallation } from '@vjepa/test-kit/fake-installation';
import { filesBelow } from '@vjepa/test-kit/files-below';
import { zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installPlugin } from './install-plugin.js';
import { findPlugin } from './locate.js';
import { type PluginRelease, publishesPlugins, RELEASES } from './plugin-release.js';

let installation: ReturnType<typeof fakeInstallation>;
let root: string;
let folder: string;
let wheels: string;
let python: typeof installation.python;

beforeEach(() => {
  installation = fakeInstallation('plugin');
  ({ root, folder, wheels, python } = installation);
});
afterEach(() => installation.remove());

/** A plug-in's wheel as JAX's are, and one of NVIDIA's. */
function release(): PluginRelease {
  const plugin = zipSync({
    jax_plugins: {
      xla_cuda13: { 'xla_cuda_plugin.so': new Uint8Array(5000).fill(1), '__init__.py': new Uint8Array(9) },
    },
    'jax_cuda13_pjrt-0.12.dist-info': {
      licenses: { 'LICENSE.txt': Buffer.from('Apache') },
      METADATA: new Uint8Array(3),
    },
  });
  const file = 'jax_cuda13_pjrt-0.12-py3-none-manylinux_2_27_x86_64.whl';
  writeFileSync(join(wheels, file), plugin);
  const nvidia = fakeNvidiaWheel('nccl', 'libnccl.so.2');
  const nvidiaFile = 'nvidia_nccl_cu13-2.32.3-py3-none-manylinux_2_27_x86_64.whl';
  writeFileSync(join(wheels, nvidiaFile), nvidia);
  return {
    ...{ project: 'jax-cuda13-pjrt', version: '0.12', file, sha256: sha256(plugin), bytes: plugin.length },
    library: 'jax_plugins/xla_cuda13/xla_cuda_plugin.so',
    nvidia: [
      {
        ...{ project: 'nvidia-nccl-cu13', version: '2.32.3', file: nvidiaFile },
        ...{ sha256: sha256(nvidia), bytes: nvidia.length, keep: ['nccl/lib/libnccl.so.2'] },
      },
    ],
    installedBytes: 6000,
  };
}

describe.runIf(publishesPlugins())('installing a plug-in', () => {
  const NAME = `0.12-cuda13-${hostPlatform()}`;

  it('takes the library and its licence, and the libraries it opens, from wheels that pip downloads', async () => {
    const location = await installPlugin({ kind: 'cuda13', folder }, release());
    expect(location).toEqual({
      path: join(folder, NAME, 'plugin', 'xla_cuda_plugin.so'),
      source: 'cache',
      kind: 'cuda13',
      version: '0.12',
    });
    expect(filesBelow(join(folder, NAME))).toEqual([
      'licenses/jax_cuda13_pjrt-0.12/LICENSE.txt',
      'licenses/nvidia_nccl_cu12-12.9/License.txt',
      'nvidia/nccl/lib/libnccl.so.2',
      'plugin/xla_cuda_plugin.so',
      'vjepa-plugin.json',
    ]);
    expect(python.calls().map((call) => call.at(-1))).toEqual(['jax-cuda13-pjrt==0.12', 'nvidia-nccl-cu13==2.32.3']);
    expect(JSON.parse(readFileSync(join(folder, NAME, 'vjepa-plugin.json'), 'utf8')).archives).toHaveLength(2);
    expect(findPlugin({ folder })).toEqual(location);
    expect(findPlugin({ folder, kind: 'cuda12' })).toBeUndefined();
  });

  it('does nothing when it is there, and everything when a library is gone', async () => {
    const pinned = release();
    const { path } = await installPlugin({ kind: 'cuda13', folder }, pinned);
    await installPlugin({ kind: 'cuda13', folder }, pinned);
    expect(python.calls()).toHaveLength(2);
    rmSync(join(path, '../../nvidia/nccl/lib/libnccl.so.2'));
    await installPlugin({ kind: 'cuda13', folder }, pinned);
    expect(existsSync(join(path, '../../nvidia/nccl/lib/libnccl.so.2'))).toBe(true);
  });

  it('refuses a wheel that is not the pinned one', async () => {
    const failure = installPlugin({ kind: 'cuda13', folder }, { ...release(), sha256: 'f'.repeat(64) });
    await expect(failure).rejects.toMatchObject({ name: 'XlaError', code: 'install-failed' });
    await expect(failure).rejects.toThrow(/could not be downloaded: .* has the SHA-256 [0-9a-f]{64}, expected f{64}/);
    expect(findPlugin({ folder })).toBeUndefined();
  });

  it('says in one line that there is no network, keeps what it has, and takes a wheel that was brought', async () => {
    const pinned = release();
    python.refuse(
      "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(…)': /simple/jax/\n" +
        'ERROR: Could not find a version that satisfies the requirement jax-cuda13-pjrt==0.12 (from versions: none)\n' +
        'ERROR: No matching distribution found for jax-cuda13-pjrt==0.12',
    );
    const downloads = join(folder, 'downloads');
    const failure = installPlugin({ kind: 'cuda13', folder }, pinned);
    await expect(failure).rejects.toMatchObject({
      code: 'install-failed',
      message:
        "XLA's plug-in for CUDA 13 (0.12) could not be downloaded: python3 -m pip download ended with code 1: it could not " +
        `reach the package index. What was downloaded before is kept for the next try; ${pinned.file} of another machine ` +
        `is taken where it lies in ${downloads}`,
    });
    mkdirSync(downloads, { recursive: true });
    for (const { file } of [pinned, ...pinned.nvidia]) copyFileSync(join(wheels, file), join(downloads, file));
    expect((await installPlugin({ kind: 'cuda13', folder }, pinned)).kind).toBe('cuda13');
  });

  it('begins anew with a wheel that is cut off', async () => {
    const pinned = release();
    const whole = readFileSync(join(wheels, pinned.file));
    writeFileSync(join(wheels, pinned.file), whole.subarray(0, whole.length - 100));
    await expect(installPlugin({ kind: 'cuda13', folder }, pinned)).rejects.toThrow(
      /has the SHA-256 .*; it was thrown away/,
    );
    expect(findPlugin({ folder })).toBeUndefined();
    writeFileSync(join(wheels, pinned.file), whole);
    expect((await installPlugin({ kind: 'cuda13', folder }, pinned)).kind).toBe('cuda13');
  });

  it('names the kinds that there are, where another is asked for', async () => {
    await expect(installPlugin({ kind: 'tpu' as never, folder })).rejects.toMatchObject({
      code: 'invalid-argument',
      message: "a plug-in of the kind 'tpu' was asked for; there are cuda13, cuda12, rocm, cpu",
    });
  });

  it('says what to do where there is no pip', async () => {
    python.restore();
    const path = process.env.PATH;
    process.env.PATH = root;
    try {
      await expect(installPlugin({ kind: 'cuda13', folder }, release())).rejects.toThrow(/there is no pip/);
    } finally {
      process.env.PATH = path;
    }
  });
});

describe('the plug-ins that are installed', () => {
  it('are one and the same for everybody, every wheel by its hash', () => {
    for (const { file, sha256, project, version, nvidia } of Object.values(RELEASES)) {
      for (const wheel of [{ file, sha256, project, version }, ...nvidia]) {
        expect(wheel.sha256).toMatch(/^[0-9a-f]{64}$/);
        expect(wheel.file.startsWith(`${wheel.project.replaceAll('-', '_')}-${wheel.version}-py3-none-`)).toBe(true);
      }
    }
  });

  it('are for Linux with glibc', () => {
    expect([publishesPlugins('linux-x64', false), publishesPlugins('linux-x64', true)]).toEqual([true, false]);
    expect(publishesPlugins('darwin-arm64', false)).toBe(false);
  });

  it('are found where they are named, and nowhere else then', () => {
    expect(() => findPlugin({ path: '/nowhere/plugin.so' })).toThrow(
      expect.objectContaining({ code: 'not-installed', message: expect.stringContaining('/nowhere/plugin.so') }),
    );
  });
});
