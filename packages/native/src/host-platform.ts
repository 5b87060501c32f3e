/** This machine, as engines are named after it: `linux-x64`, `linux-arm64`, `darwin-arm64`, … */
export function hostPlatform(): string {
  return `${process.platform}-${process.arch}`;
}

/** Whether the C library is musl: most binaries are built against glibc. */
export function isMusl(): boolean {
  if (process.platform !== 'linux') return false;
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime === undefined;
}
