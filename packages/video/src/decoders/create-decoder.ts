import type { ThreadSettings } from '../threads/messages.js';
import type { Decoder } from './decoder.js';
import { NativeDecoder } from './native-decoder.js';
import { WasmDecoder } from './wasm-decoder.js';

/** The decoder a thread was started for. */
export async function createDecoder({ decoder, module }: ThreadSettings): Promise<Decoder> {
  switch (decoder) {
    case 'native':
      return NativeDecoder.create();
    case 'wasm':
      if (!module) throw new Error('a thread for decoder "wasm" needs the compiled module');
      return new WasmDecoder(module);
    default:
      throw new Error(`decoder "${decoder}" is not available`);
  }
}
