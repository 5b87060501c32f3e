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

/**
 * The platforms whose wheels run here, newest first, as pip's `--platform` wants them: each names the glibc it needs.
 * TensorFlow itself needs 2.27.
 *
 * @param glibc this system's version, e.g. `2.36`
 */
export function nvidiaPlatforms(glibc = glibcVersion()): string[] {
  const minor = Math.max(27, Number(glibc.split('.')[1]) || 0);
  const numbered = Array.from({ length: minor - 4 }, (_, i) => `manylinux_2_${minor - i}_x86_64`);
  return [...numbered, 'manylinux2014_x86_64', 'manylinux2010_x86_64', 'manylinux1_x86_64'];
}

function glibcVersion(): string {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime ?? '2.27';
}
