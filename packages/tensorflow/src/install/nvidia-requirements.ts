/**
 * The NVIDIA libraries a TensorFlow wheel names for its `and-cuda` extra, as pip requirements: from
 * `Requires-Dist: nvidia-cudnn-cu12<10.0,>=9.3.0.75; extra == "and-cuda"` comes `nvidia-cudnn-cu12<10.0,>=9.3.0.75`.
 *
 * @param metadata the text of the wheel's METADATA
 */
export function nvidiaRequirements(metadata: string): string[] {
  const headers = metadata.split(/\r?\n\r?\n/)[0]!;
  return headers.split(/\r?\n/).flatMap((line) => {
    const match = /^Requires-Dist:\s*(nvidia-[^;]+?)\s*;.*\bextra\s*==\s*['"]and-cuda['"]/.exec(line);
    return match ? [match[1]!.replace(/[()\s]/g, '')] : [];
  });
}

/** The platforms NVIDIA's wheels are built for, under every name they have had. */
export const NVIDIA_PLATFORMS = [
  'manylinux_2_27_x86_64',
  'manylinux_2_17_x86_64',
  'manylinux2014_x86_64',
  'manylinux1_x86_64',
];
