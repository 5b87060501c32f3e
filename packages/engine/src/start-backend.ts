import * as tf from '@tensorflow/tfjs-core';
import { IN_NODE, resolvePackage } from './node.js';
import { importOptional } from './optional-package.js';
import { registerGradients } from './register-gradients.js';
import type { TensorFlowModule } from './tensorflow-module.js';

const WASM = '@tensorflow/tfjs-backend-wasm';

/**
 * Makes a backend of TensorFlow.js the active one. In Node, 'wasm' is found by itself; all others register themselves
 * when their package is imported, which is the caller's to do.
 *
 * @throws Error if there is none of that name, or it does not start
 */
export async function startBackend(name: string): Promise<void> {
  if (name === 'wasm' && IN_NODE) await registerWasm();
  if (!isRegistered(name)) throw new Error(`no such backend is registered; import its package first. ${registered()}`);
  if (!(await tf.setBackend(name))) throw new Error('the backend could not start');
  await tf.ready();
  registerGradients();
}

/**
 * Gradients of every operation of tfjs-core, for steps that somebody else writes; the build of tfjs-core that browsers
 * load has them, the one that Node loads has not, and @vjepa/tensorflow brings them.
 */
export async function registerAllGradients(): Promise<void> {
  if (!IN_NODE) return;
  const tensorflow = await importOptional<TensorFlowModule>('@vjepa/tensorflow').catch(() => undefined);
  tensorflow?.registerGradients();
}

async function registerWasm(): Promise<void> {
  const { setWasmPaths } = await importOptional<{ setWasmPaths(folder: string): void }>(WASM);
  if (!isRegistered('wasm')) throw new Error(`${WASM} is of another tfjs-core than this; install one version of it`);
  // Once it runs it takes no other path, and needs none.
  if (tf.getBackend() === 'wasm') return;
  setWasmPaths(resolvePackage(WASM).replace(/[^/\\]+$/, ''));
}

function isRegistered(name: string): boolean {
  return tf.findBackendFactory(name) != null;
}

/** The names of backends that this package knows and finds registered, in a sentence. */
function registered(): string {
  const names = ['tensorflow', 'webgpu', 'webgl', 'wasm', 'cpu'].filter(isRegistered);
  return names.length > 0 ? `Registered are ${names.join(', ')}` : 'None is registered';
}
