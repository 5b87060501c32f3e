import { readPacketTable } from '../mp4/packet-table.js';
import { withReadableSource } from '../sources/readable-source.js';
import type { ThreadSettings } from '../threads/messages.js';
import { WasmProgram } from '../wasm/wasm-program.js';
import { CommandLineProgram, findCommandLineFfmpeg } from './command-line-program.js';
import type { Decoder } from './decoder.js';
import { NativeDecoder } from './native-decoder.js';
import { ProgramDecoder } from './program-decoder.js';

const lookAtSource = (path: string) => withReadableSource(path, readPacketTable);

/** The decoder a thread was started for. @throws VideoError `decoder-unavailable` */
export async function createDecoder({ decoder, module, countFrames }: ThreadSettings): Promise<Decoder> {
  switch (decoder) {
    case 'native':
    case 'nvdec':
      return NativeDecoder.create(decoder);
    case 'wasm':
      if (!module) throw new Error('a thread for decoder "wasm" needs the compiled module');
      return new ProgramDecoder(new WasmProgram(module), lookAtSource, countFrames);
    case 'cli':
      return new ProgramDecoder(new CommandLineProgram(await findCommandLineFfmpeg()), lookAtSource, countFrames);
  }
}
