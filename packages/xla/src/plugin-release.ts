import type { NvidiaWheel, PinnedWheel } from '@vjepa/engine';
import { CUDA_12_INSTALLED_BYTES, CUDA_12_WHEELS, hostPlatform, InstallError, isMusl } from '@vjepa/native';
import { COLLECTIVE_12_INSTALLED_BYTES, COLLECTIVE_12_WHEELS } from './cuda/collective-12-wheels.js';
import { CUDA_13_INSTALLED_BYTES, CUDA_13_WHEELS } from './cuda/cuda-13-wheels.js';
import type { PluginKind } from './plugin-kind.js';

/** A plug-in's wheel, one and the same file for everybody, and the libraries that go with it. */
export interface PluginRelease {
  project: string;
  version: string;
  file: string;
  sha256: string;
  bytes: number;
  /** The library's path in the wheel. */
  library: string;
  /** The wheels of NVIDIA's that it opens. */
  nvidia: readonly NvidiaWheel[];
  /** What is kept of all of them, on disk, in bytes. */
  installedBytes: number;
}

/**
 * The plug-ins this package installs, those of JAX. That for AMD's GPUs opens ROCm 7, which the machine has to have, and no
 * test has had such a GPU. That for CPUs is another's build of XLA's own: it is for tests, as TensorFlow is faster on a CPU.
 */
export const RELEASES: Readonly<Record<PluginKind, PluginRelease>> = {
  cuda13: {
    project: 'jax-cuda13-pjrt',
    version: '0.12.0.1',
    file: 'jax_cuda13_pjrt-0.12.0.1-py3-none-manylinux_2_27_x86_64.whl',
    sha256: '5899bb6177eda86ea532afb9a26794f2bdd04966f6a01f9028266b16c2b6cf90',
    bytes: 134_922_808,
    library: 'jax_plugins/xla_cuda13/xla_cuda_plugin.so',
    nvidia: CUDA_13_WHEELS,
    installedBytes: 396_000_000 + CUDA_13_INSTALLED_BYTES,
  },
  cuda12: {
    project: 'jax-cuda12-pjrt',
    version: '0.12.0.1',
    file: 'jax_cuda12_pjrt-0.12.0.1-py3-none-manylinux_2_27_x86_64.whl',
    sha256: '5ec28e06198d094031c37590b4ea753ae8cde4879ab4b60baf40f0dffb673286',
    bytes: 191_846_358,
    library: 'jax_plugins/xla_cuda12/xla_cuda_plugin.so',
    nvidia: [...CUDA_12_WHEELS, ...COLLECTIVE_12_WHEELS],
    installedBytes: 487_000_000 + CUDA_12_INSTALLED_BYTES + COLLECTIVE_12_INSTALLED_BYTES,
  },
  rocm: {
    project: 'jax-rocm7-pjrt',
    version: '0.12.0',
    file: 'jax_rocm7_pjrt-0.12.0-py3-none-manylinux_2_27_x86_64.whl',
    sha256: '4551d0714523355f2946ca1958c3f584e95661e467a641d36b726f718a1c7934',
    bytes: 133_415_872,
    library: 'jax_plugins/xla_rocm7/xla_rocm_plugin.so',
    nvidia: [],
    installedBytes: 460_000_000,
  },
  cpu: {
    project: 'lammps-jax-pjrt-cpu',
    version: '0.11.2',
    file: 'lammps_jax_pjrt_cpu-0.11.2-py3-none-manylinux_2_27_x86_64.whl',
    sha256: '1319390d948b39f69f7dade496b7c385149d9ca6097a6b62114da113216d9ad1',
    bytes: 62_711_338,
    library: 'lammps_jax_pjrt_cpu/pjrt_c_api_cpu_plugin.so',
    nvidia: [],
    installedBytes: 202_000_000,
  },
};

/** Whether plug-ins are published for a machine. */
export function publishesPlugins(platform = hostPlatform(), musl = isMusl()): boolean {
  return platform === 'linux-x64' && !musl;
}

/** @throws InstallError where there is no plug-in for this machine */
export function requirePublished(platform = hostPlatform(), musl = isMusl()): void {
  if (publishesPlugins(platform, musl)) return;
  throw new InstallError(
    `XLA's plug-ins are fetched for linux-x64 with glibc, and this is ${platform}${musl ? ' with musl' : ''}; with one at ` +
      'hand, set VJEPA_XLA_PLUGIN to its path',
  );
}

/** Where a plug-in lies in its folder: NVIDIA's parts are looked for in `../nvidia` from there. */
export function installedLibrary({ library }: PluginRelease): string {
  return `plugin/${library.slice(library.lastIndexOf('/') + 1)}`;
}

/** The plug-in's own wheel: its library and its licences are kept. */
export function pluginWheel(release: PluginRelease): PinnedWheel {
  const { project, version, file, sha256, bytes, library } = release;
  return {
    ...{ requirement: `${project}==${version}`, file, sha256, bytes },
    select: (name) => {
      if (name === library) return installedLibrary(release);
      const licence = /^([^/]+)\.dist-info\/(?:licenses\/)?(licen[cs]e[^/]*|third_party_notices[^/]*)$/i.exec(name);
      return licence ? `licenses/${licence[1]}/${licence[2]}` : undefined;
    },
  };
}
