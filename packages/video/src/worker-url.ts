/**
 * Where a built worker lies: beside this file when it runs from `dist/`, in `../dist/` when it runs from source
 * (tests), where a thread could not load TypeScript.
 */
export function workerUrl(name: 'decode-worker' | 'fetch-worker' = 'decode-worker'): URL {
  const fromSource = import.meta.url.endsWith('.ts');
  return new URL(`${fromSource ? '../dist' : '.'}/${name}.js`, import.meta.url);
}
