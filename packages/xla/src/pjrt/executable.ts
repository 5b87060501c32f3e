import { type ElementType, typeOfNumber } from './element-type.js';
import { decodeNamedValues } from './named-value.js';
import { growing, orUndefined, type PjrtApi } from './pjrt-api.js';
import { PROGRAM } from './pjrt-functions.js';
import { PjrtObject } from './pjrt-object.js';

/** What a program takes of a device's memory while it runs, in bytes. */
export interface ProgramMemory {
  code: number;
  arguments: number;
  outputs: number;
  /** Of the outputs, what lies in the memory of arguments that are given up. */
  aliased: number;
  /** What lives between operations. */
  temporaries: number;
  /** The most of all at one time, as the compiler has planned it; 0 where it does not tell. */
  peak: number;
}

/** An array that a program gives. */
export interface OutputType {
  type: ElementType;
  shape: readonly number[];
}

/** A compiled program, not bound to devices that are there. */
export class Executable extends PjrtObject {
  /** Held, so that it is not collected, and this one ended with it, while this one is used. */
  readonly #loaded: PjrtObject | undefined;

  /**
   * @param address of the plug-in's executable, which this one owns
   * @param loaded what it is of, whose end is its own
   */
  constructor(api: PjrtApi, address: bigint, loaded?: PjrtObject) {
    super({
      api,
      kind: 'executable',
      address,
      destroy: 'PJRT_Executable_Destroy',
      field: 'executable',
      ...(loaded && { parent: loaded }),
    });
    this.#loaded = loaded;
  }

  /** Whether the program is on devices. */
  get isLoaded(): boolean {
    return this.#loaded !== undefined && !this.#loaded.isDisposed;
  }

  /** Of the program's module. */
  get name(): string {
    const call = this.api.call('PJRT_Executable_Name', { executable: this.address });
    return this.api.text(call.get('executable_name'), call.get('executable_name_size'));
  }

  get replicas(): number {
    return this.api.call('PJRT_Executable_NumReplicas', { executable: this.address }).get('num_replicas');
  }

  get partitions(): number {
    return this.api.call('PJRT_Executable_NumPartitions', { executable: this.address }).get('num_partitions');
  }

  /** Types and shapes of what it gives, on each device. */
  outputs(): OutputType[] {
    const executable = this.address;
    const types = this.api.call('PJRT_Executable_OutputElementTypes', { executable });
    const dimensions = this.api.call('PJRT_Executable_OutputDimensions', { executable });
    const count = types.get('num_output_types');
    const ranks = this.api.words(dimensions.get('dim_sizes'), count).map(Number);
    const sizes = this.api.words(
      dimensions.get('dims'),
      ranks.reduce((sum, rank) => sum + rank, 0),
    );
    return this.api.ints(types.get('output_types'), count).map((type, i) => ({
      type: typeOfNumber(type),
      shape: sizes.splice(0, ranks[i]!).map(Number),
    }));
  }

  /**
   * Equal for what was compiled from the same program with the same options by the same compiler.
   *
   * @throws XlaError `unimplemented` where a plug-in has none
   */
  get fingerprint(): Uint8Array {
    const call = this.api.call('PJRT_Executable_Fingerprint', { executable: this.address });
    return this.api.bytes(call.get('executable_fingerprint'), call.get('executable_fingerprint_size'));
  }

  /** What the compiler estimates it costs: `flops`, `bytes accessed`, … Undefined where a plug-in does not tell. */
  cost(): Record<string, number> | undefined {
    const call = orUndefined(() => this.api.call('PJRT_Executable_GetCostAnalysis', { executable: this.address }));
    return (
      call &&
      (decodeNamedValues(this.api, call.get('properties'), call.get('num_properties')) as Record<string, number>)
    );
  }

  /** What it takes of a device's memory. */
  memory(): ProgramMemory {
    const call = this.api.call('PJRT_Executable_GetCompiledMemoryStats', { executable: this.address });
    return {
      code: call.get('generated_code_size_in_bytes'),
      arguments: call.get('argument_size_in_bytes'),
      outputs: call.get('output_size_in_bytes'),
      aliased: call.get('alias_size_in_bytes'),
      temporaries: call.get('temp_size_in_bytes'),
      peak: call.get('peak_memory_in_bytes'),
    };
  }

  /** The program as the compiler left it, serialised: an `HloModuleProto` where `format` is `hlo`. */
  async optimizedProgram(): Promise<{ format: string; code: Uint8Array }> {
    return this.during(async (executable) => {
      const asked = growing(PROGRAM, {});
      await this.api.callAsync('PJRT_Executable_OptimizedProgram', { executable, program: asked });
      const code = new Uint8Array(asked.get('code_size'));
      const program = growing(PROGRAM, { code, code_size: code.length });
      await this.api.callAsync('PJRT_Executable_OptimizedProgram', { executable, program });
      return { format: this.api.text(program.get('format'), program.get('format_size')), code };
    });
  }

  /** For `client.load` of the same plug-in on devices of the same kind, in this or another process. */
  async serialize(): Promise<Uint8Array> {
    return this.during(async (executable) => {
      const call = await this.api.callAsync('PJRT_Executable_Serialize', { executable });
      try {
        return this.api.bytes(call.get('serialized_bytes'), call.get('serialized_bytes_size'));
      } finally {
        this.api.free(call.get('serialized_executable_deleter'), call.get('serialized_executable'));
      }
    });
  }
}
