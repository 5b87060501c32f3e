import type { NvidiaWheel } from '@vjepa/engine';
import { CUDA_12_WHEELS, hostPlatform, isMusl } from '@vjepa/native';
import { TensorFlowError } from '../tensorflow-error.js';

/** The TensorFlow this package installs and is tested with. */
const VERSION = '2.21.0';

/** A wheel of that version that carries the library, and how pip is asked for it. */
export interface EngineWheel {
  project: 'tensorflow' | 'tensorflow-cpu';
  /** pip's `--platform`. The Python it was built for does not matter to us, but the wheel must be one and the same. */
  platform: string;
  sha256: string;
  bytes: number;
  /** What is kept of it, on disk, in bytes. */
  installedBytes: number;
}

/** A release of TensorFlow, as an installation asks for it. */
export interface EngineRelease {
  version: string;
  /** @throws TensorFlowError `install-failed` where there is no such wheel for this machine */
  wheel(options: { cuda?: boolean }): EngineWheel;
  /** NVIDIA's wheels that go with the one for GPUs. */
  nvidia: readonly NvidiaWheel[];
  /** TensorFlow's archive of its C library, for machines without pip. */
  archiveUrl(options: { cuda?: boolean }): string;
}

/** The pinned release. */
export const RELEASE: EngineRelease = {
  version: VERSION,
  wheel: engineWheel,
  nvidia: CUDA_12_WHEELS,
  archiveUrl: officialArchiveUrl,
};

const WHEELS: Record<string, { cpu: EngineWheel; cuda?: EngineWheel }> = {
  'linux-x64': {
    cpu: {
      project: 'tensorflow-cpu',
      platform: 'manylinux_2_27_x86_64',
      sha256: 'dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb',
      bytes: 274_000_871,
      installedBytes: 853_800_000,
    },
    cuda: {
      project: 'tensorflow',
      platform: 'manylinux_2_27_x86_64',
      sha256: 'b3b95643c4e70eb925839938fb35cbe142f317ec84af6844ee61513713bb13c0',
      bytes: 572_611_111,
      installedBytes: 1_259_500_000,
    },
  },
  'linux-arm64': {
    cpu: {
      project: 'tensorflow',
      platform: 'manylinux_2_27_aarch64',
      sha256: 'b07d15737406533898e36c7ef7944b1be18e9028dc521b9229952c537bbc5552',
      bytes: 281_946_471,
      installedBytes: 883_500_000,
    },
  },
  'darwin-arm64': {
    cpu: {
      project: 'tensorflow',
      platform: 'macosx_12_0_arm64',
      sha256: '56ecd7d47429acbe1df2694d50b75bf9fc3995ac92cb367cd9af6c4780ead712',
      bytes: 223_488_205,
      installedBytes: 741_300_000,
    },
  },
};

/**
 * The wheel for a platform.
 *
 * @throws TensorFlowError `install-failed` where TensorFlow publishes none: the remedy is the embedded backend.
 */
export function engineWheel({ cuda = false, platform = hostPlatform() } = {}): EngineWheel {
  const wheels = WHEELS[platform];
  if (wheels === undefined || (platform.startsWith('linux') && platform === hostPlatform() && isMusl())) {
    throw new TensorFlowError(
      'install-failed',
      `TensorFlow ${VERSION} publishes no library for ${platform}${wheels ? ' with musl' : ''} (it does for ` +
        `${Object.keys(WHEELS).join(', ')}, with glibc on Linux); the WebAssembly backend runs everywhere`,
    );
  }
  const wheel = cuda ? wheels.cuda : wheels.cpu;
  if (wheel === undefined) {
    throw new TensorFlowError(
      'install-failed',
      `TensorFlow ${VERSION} publishes no CUDA library for ${platform}, only for linux-x64; install it without CUDA`,
    );
  }
  return wheel;
}

/** Whether TensorFlow publishes a library for NVIDIA GPUs for a platform: whether `cuda: true` can be installed. */
export function publishesCuda(platform = hostPlatform()): boolean {
  return WHEELS[platform]?.cuda !== undefined;
}

/** TensorFlow's official archive of its C library, for machines without pip. */
function officialArchiveUrl({ cuda = false, platform = hostPlatform() } = {}): string {
  const names: Record<string, string> = {
    'linux-x64': 'linux-x86_64',
    'linux-arm64': 'linux-arm64',
    'darwin-arm64': 'darwin-arm64',
  };
  const name = `libtensorflow-${cuda ? 'gpu' : 'cpu'}-${names[platform] ?? platform}.tar.gz`;
  return `https://storage.googleapis.com/tensorflow/versions/${VERSION}/${name}`;
}
