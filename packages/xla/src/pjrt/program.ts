import { growing } from './pjrt-api.js';
import { PROGRAM } from './pjrt-functions.js';

/** StableHLO as text or as MLIR bytecode, or an `HloModuleProto`. */
export type ProgramFormat = 'mlir' | 'hlo';

/** A `PJRT_Program` that holds a program to be compiled. */
export function programStruct(program: string | Uint8Array, format: ProgramFormat) {
  const code = typeof program === 'string' ? new TextEncoder().encode(program) : program;
  const name = new TextEncoder().encode(format);
  return growing(PROGRAM, { code, code_size: code.byteLength, format: name, format_size: name.length });
}
