/**
 * Where the built worker lies: beside this file when it runs from `dist/`, in `../dist/` when it runs from source
 * (tests), where a thread could not load TypeScript.
 */
export function workerUrl(): URL {
  const fromSource = import.meta.url.endsWith('.ts');
  return new URL(fromSource ? '../dist/decode-worker.js' : './decode-worker.js', import.meta.url);
}
