import { dirname, join } from 'node:path';
import { loadKoffi, openCudaLibraries } from '@vjepa/native';
import type { PluginKind } from '../plugin-kind.js';
import { RELEASES } from '../plugin-release.js';

/**
 * Opens the libraries of NVIDIA's that an installed plug-in asks for, before it is opened itself.
 *
 * @param path the plug-in's library, beside whose folder `nvidia` lies
 * @returns those that cannot be opened, with the reasons: the plug-in compiles without most of them
 */
export function openPluginLibraries(path: string, kind: PluginKind): string[] {
  const { nvidia } = RELEASES[kind];
  return nvidia.length === 0 ? [] : openCudaLibraries(loadKoffi(), join(dirname(path), '..', 'nvidia'), nvidia);
}
