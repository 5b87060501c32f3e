const fromSource = import.meta.url.endsWith('.ts');

/**
 * Where a built program lies: beside this file when it runs from `dist/`, in `../dist/` when it runs from source
 * (tests), where neither a thread nor a process could load TypeScript.
 */
export function programUrl(name: 'hosts-worker' | 'host-keeper'): URL {
  return new URL(`${fromSource ? '../dist' : '.'}/${name}.js`, import.meta.url);
}

/** From source (tests) this process resolves packages to their sources, by a flag that a thread must not inherit. */
export const threadOptions: { execArgv?: string[] } = fromSource ? { execArgv: [] } : {};
