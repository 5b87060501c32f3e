/** Whether this is Node, or a runtime that stands in for it, and not a browser. */
export const IN_NODE: boolean = typeof globalThis.process?.versions?.node === 'string';

/** Where a package's main file lies on this machine. In Node only. */
export function resolvePackage(name: string): string {
  return process
    .getBuiltinModule('node:module')
    .createRequire(import.meta.url)
    .resolve(name);
}
