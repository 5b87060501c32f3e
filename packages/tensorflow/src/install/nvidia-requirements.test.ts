import { expect, it } from 'vitest';
import { nvidiaPlatforms, nvidiaRequirements } from './nvidia-requirements.js';

it('reads the NVIDIA libraries out of a wheel’s metadata', () => {
  // Lines of TensorFlow 2.21.0's METADATA.
  const metadata = [
    'Metadata-Version: 2.4',
    'Requires-Dist: numpy>=1.26.0',
    'Provides-Extra: and-cuda',
    'Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"',
    "Requires-Dist: nvidia-nccl-cu12 (<3.0,>=2.27.7) ; extra == 'and-cuda'",
    'Requires-Dist: tensorflow-io-gcs-filesystem>=0.23.1; (sys_platform != "win32") and extra == "gcs-filesystem"',
    '',
    'Requires-Dist: nvidia-prose; extra == "and-cuda"',
  ].join('\n');
  expect(nvidiaRequirements(metadata)).toEqual(['nvidia-cublas-cu12<13.0,>=12.5.3.2', 'nvidia-nccl-cu12<3.0,>=2.27.7']);
});

it('asks for wheels this system can load', () => {
  const platforms = nvidiaPlatforms('2.28');
  expect(platforms[0]).toBe('manylinux_2_28_x86_64');
  expect(platforms).toContain('manylinux_2_17_x86_64');
  expect(platforms).not.toContain('manylinux_2_29_x86_64');
  expect(platforms.at(-1)).toBe('manylinux1_x86_64');
});
