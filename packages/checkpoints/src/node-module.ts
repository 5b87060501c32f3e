/**
 * A module of Node's (and of Bun's and Deno's), undefined in a browser. An import, were it dynamic, would keep bundles for
 * browsers from being made.
 */
export function nodeModule<Id extends keyof NodeModules>(id: Id): NodeModules[Id] | undefined {
  return globalThis.process?.getBuiltinModule?.(id) as NodeModules[Id] | undefined;
}

interface NodeModules {
  'node:fs': typeof import('node:fs');
  'node:fs/promises': typeof import('node:fs/promises');
  'node:zlib': typeof import('node:zlib');
}
