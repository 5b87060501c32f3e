const fromSource = import.meta.url.endsWith('.ts');

/**
 * Where a built worker lies: beside this file when it runs from `dist/`, in `../dist/` when it runs from source
 * (tests), where a thread could not load TypeScript.
 */
export function workerUrl(name: 'decode-worker' | 'fetch-worker' = 'decode-worker'): URL {
  return new URL(`${fromSource ? '../dist' : '.'}/${name}.js`, import.meta.url);
}

/** From source (tests) this process resolves packages to their sources, by a flag that a thread must not inherit. */
export const workerOptions: { execArgv?: string[] } = fromSource ? { execArgv: [] } : {};
