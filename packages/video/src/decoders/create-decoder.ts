import type { ThreadSettings } from '../threads/messages.js';
import type { Decoder } from './decoder.js';
import { WasmDecoder } from './wasm-decoder.js';

/** The decoder a thread was started for. */
export async function createDecoder({ decoder, module }: ThreadSettings): Promise<Decoder> {
  if (decoder !== 'wasm' || !module) throw new Error(`decoder "${decoder}" is not available`);
  return new WasmDecoder(module);
}
